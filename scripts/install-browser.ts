// `npm run browser`, which `npm test` runs first: the tests of the packages in a browser need a Chromium. When none starts, one is
// installed: Debian's or Ubuntu's package where that needs no password, otherwise the build that Playwright downloads to its cache.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { launchBrowser } from './browser.ts'
import { installing, run } from './system-package.ts'
import type { Step } from './system-package.ts'

const playwright = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
const download: Step = [process.execPath, playwright, 'install', '--only-shell', 'chromium']

let problem = await problemOf()
for (const steps of problem === null ? [] : [installing('chromium-headless-shell'), installing('chromium'), [download]]) {
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
