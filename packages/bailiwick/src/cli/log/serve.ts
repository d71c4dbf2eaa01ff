import { createAdaptorServer } from '@hono/node-server'
import { hostHeaderValidationResponse, localhostAllowedHostnames } from '@modelcontextprotocol/server'
import { Option } from 'commander'
import type { Command } from 'commander'
import { Hono } from 'hono'
import { listenOnLoopback } from '../../enforce/mcp/loopback.ts'
import { LedgerTiles } from '../../ledger/ledger-tiles.ts'
import { action, command } from '../command.ts'
import { openRecords } from '../installation.ts'
import { stopSignal } from '../stop-signal.ts'
import { port } from '../whole-number.ts'

interface ServeOptions {
  readonly port: number
  readonly entries: boolean
  readonly host: readonly string[]
}

export function serveCommand(): Command {
  return command('serve', 'serve the ledger read-only, as a tiled log')
    .description(
      'Serves checkpoint, tiles and entries (C2SP tlog-tiles) on 127.0.0.1, for monitors and mirrors. Entries name agents, people, tools and goals; payloads are never served.',
    )
    .addOption(new Option('--port <n>', 'the port; 0 for any that is free').argParser(port).default(7422))
    .option('--no-entries', 'hashes alone: enough to check proofs, and nothing can be read')
    .option('--host <name...>', 'names under which a proxy passes requests on, besides those of this machine', [])
    .action(
      action(async ({ output, locations }, options: ServeOptions) => {
        const records = await openRecords(locations, output.note)
        const app = ledgerSite(new LedgerTiles(records.ledgerStore), [...localhostAllowedHostnames(), ...options.host], options.entries)
        app.onError((error) => {
          output.note(`could not be served: ${error.message}`)
          return new Response('the ledger cannot be read\n', { status: 500 })
        })
        const server = await listenOnLoopback(createAdaptorServer({ fetch: app.fetch }), options.port)
        output.data({ url: server.origin, key: records.ledgerKey })
        output.text(`${server.origin}/checkpoint\nkey ${records.ledgerKey}`)
        const stop = stopSignal(null)
        await new Promise<void>((resolve) => (stop.aborted ? resolve() : stop.addEventListener('abort', () => resolve())))
        await server.close()
        await records.close()
        return 0
      }),
    )
}

function ledgerSite(tiles: LedgerTiles, hosts: string[], entries: boolean): Hono {
  const app = new Hono()
  // A page that has its own name lead to this machine must not read the ledger.
  app.use(async (context, next) => hostHeaderValidationResponse(context.req.raw, hosts) ?? next())
  app.get('*', async (context) => {
    const path = new URL(context.req.url).pathname.slice(1)
    const bytes = !entries && path.startsWith('tile/entries/') ? null : await tiles.read(path)
    if (bytes === null) return context.text('nothing is here\n', 404)
    const mutable = path === 'checkpoint'
    return context.body(new Uint8Array(bytes), 200, {
      'content-type': mutable ? 'text/plain; charset=utf-8' : 'application/octet-stream',
      'cache-control': mutable ? 'no-cache' : 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    })
  })
  return app
}
