import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** A command to be run, with its arguments. */
export type Step = readonly [command: string, ...args: string[]]

/** What installs a package of Debian or Ubuntu, as far as that can be done without asking anyone. */
export function installing(name: string): Step[] {
  if (!existsSync('/usr/bin/apt-get')) return []
  const install = ['install', '-y', '-qq', '--no-install-recommends', name]
  if (process.getuid?.() === 0)
    return [
      ['apt-get', 'update', '-qq'],
      ['apt-get', ...install],
    ]
  const sudo: Step = ['sudo', '--non-interactive', 'apt-get']
  return [
    [...sudo, 'update', '-qq'],
    [...sudo, ...install],
  ]
}

/** Runs a step for what it changes; whether it was enough is for the caller to see. */
export function run([command, ...args]: Step, folder: string = process.cwd()): void {
  console.log(`> ${[command, ...args].join(' ')}`)
  const { error } = spawnSync(command, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (error !== undefined) console.error(error.message)
}
