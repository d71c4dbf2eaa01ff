import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { Browser, Page } from 'playwright-core'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves the files below a folder on a free port, under a policy that forbids `eval`. */
export async function serve(folder: string): Promise<{ readonly origin: string; readonly stop: () => Promise<void> }> {
  const server = createServer((request, response) => void answer(folder, request, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((stopped) => {
        server.closeAllConnections()
        server.close(() => stopped())
      }),
  }
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
  const file = join(folder, path === '/' ? 'index.html' : path)
  const content = existsSync(file) ? await readFile(file) : null
  if (content === null) {
    response.writeHead(404).end()
    return
  }
  response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
  response.setHeader('content-security-policy', `script-src 'self' 'wasm-unsafe-eval' ${hashesOf(content, file)}`)
  response.end(content)
}

/** Opens a page and gives what it prints until it has printed `lines` lines. @throws Error with the first thing that goes wrong on the page. */
export async function printed(browser: Browser, url: string, lines: number): Promise<{ readonly page: Page; readonly lines: string[] }> {
  const page = await browser.newPage()
  const found: string[] = []
  await new Promise<void>((done, fail) => {
    const limit = setTimeout(() => fail(new Error(`the page printed only ${JSON.stringify(found)}`)), 30_000)
    const end = (error?: Error): void => {
      clearTimeout(limit)
      if (error === undefined) done()
      else fail(error)
    }
    page.on('pageerror', (error) => end(error))
    page.on('console', (message) => {
      // A browser asks for an icon of its own accord.
      if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) end(new Error(message.text()))
      if (message.type() !== 'log') return
      found.push(message.text())
      if (found.length === lines) end()
    })
    page.goto(url).catch(end)
  })
  return { page, lines: found }
}

/** The hashes by which the policy admits the scripts written in a page itself. */
function hashesOf(content: Buffer, file: string): string {
  if (extname(file) !== '.html') return ''
  return [...content.toString().matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)]
    .map(
      ([, script]) =>
        `'sha256-${createHash('sha256')
          .update(script as string)
          .digest('base64')}'`,
    )
    .join(' ')
}
