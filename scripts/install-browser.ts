// `npm run browser`, which `npm test` runs first: the tests of the packages in a browser need a Chromium. When none starts, one is
// installed: Debian's or Ubuntu's package where that needs no password, otherwise the build that Playwright downloads to its cache.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { launchBrowser } from './browser.ts'

type Step = readonly [command: string, ...args: string[]]

const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
const download: Step = [process.execPath, playwright, 'install', '--only-shell', 'chromium']

let problem = await problemOf()
for (const steps of problem === null ? [] : [packagesOf('chromium-headless-shell'), packagesOf('chromium'), [download]]) {
  for (const step of steps) run(step)
  problem = await problemOf()
  if (problem === null) break
}
if (problem !== null) {
  console.error(`${problem}\nNo browser could be installed. On Debian or Ubuntu: \`sudo apt-get install chromium\`.`)
  process.exitCode = 1
}

/** Why no browser starts; null when one does. */
async function problemOf(): Promise<string | null> {
  try {
    const browser = await launchBrowser()
    console.log(`browser for the tests: Chromium ${browser.version()}`)
    await browser.close()
    return null
  } catch (error) {
    const { message, cause } = error as Error
    return `${message}\n${cause instanceof Error ? cause.message : ''}`.trim()
  }
}

/** What installs a package of the system, as far as that can be done without asking anyone. */
function packagesOf(name: string): Step[] {
  if (!existsSync('/usr/bin/apt-get')) return []
  if (process.getuid?.() === 0)
    return [
      ['apt-get', 'update', '-qq'],
      ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name],
    ]
  const sudo: Step = ['sudo', '--non-interactive', 'apt-get']
  return [
    [...sudo, 'update', '-qq'],
    [...sudo, 'install', '-y', '-qq', '--no-install-recommends', name],
  ]
}

/** Runs a step for what it changes; whether it was enough is seen by starting the browser. */
function run([command, ...args]: Step): void {
  console.log(`> ${[command, ...args].join(' ')}`)
  const { error } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (error !== undefined) console.error(error.message)
}
