import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

/** Names of Chromium and its kin on the `PATH`, the leanest first. */
const names = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge']

const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium']

/**
 * Starts a headless browser: the one that `BAILIWICK_BROWSER` names, else the machine's Chromium or Chrome, else Playwright's own.
 * @throws Error that says how to get one, when there is none that starts.
 */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['BAILIWICK_BROWSER'] ?? installedBrowser()
  try {
    return await chromium.launch({ timeout: 30_000, ...(executablePath === undefined ? {} : { executablePath }) })
  } catch (cause) {
    throw new Error(
      `no browser starts${executablePath === undefined ? '' : ` (tried ${executablePath})`}: run \`npm run browser\`, which installs one, or set BAILIWICK_BROWSER to a Chromium's executable`,
      { cause },
    )
  }
}

function installedBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  return [...paths, ...places].find((path) => existsSync(path))
}
