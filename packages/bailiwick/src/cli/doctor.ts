import type { Command } from 'commander'
import { action, command } from './command.ts'
export function doctorCommand(): Command {
  return command('doctor', 'find').action(action(async () => 2))
}
