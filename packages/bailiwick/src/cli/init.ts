import type { Command } from 'commander'
import { action, command } from './command.ts'
export function initCommand(): Command {
  return command('init', 'find').action(action(async () => 2))
}
