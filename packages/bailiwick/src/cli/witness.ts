import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { createWitness, ed25519Cosigner, ed25519Verifier, formatNoteKey, TlogError } from '@bailiwick/tlog'
import type { NoteVerifier } from '@bailiwick/tlog'
import { DirectoryWitnessStore } from '@bailiwick/tlog/node'
import { Option } from 'commander'
import type { Command } from 'commander'
import { readOrCreateSeed } from '../authority/key-file.ts'
import { listenOnLoopback } from '../enforce/mcp/loopback.ts'
import { nodeSha256 } from '../ledger/node-sha256.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'
import { stopSignal } from './stop-signal.ts'
import { port } from './whole-number.ts'

interface WitnessCommandOptions {
  readonly log: readonly string[]
  readonly name: string
  readonly dir: string
  readonly port: number
}

export function witnessCommand(): Command {
  return command('witness', "cosign other installations' ledgers")
    .description(
      'A witness (C2SP tlog-witness) on 127.0.0.1: it remembers the newest head of each ledger and cosigns only what continues it. Run it where whoever runs the ledger cannot write.',
    )
    .requiredOption('--log <vkey...>', "the ledgers' public keys, as `bailiwick log verify` prints them")
    .requiredOption('--name <name>', "the name of the witness's key, such as witness.example/ann")
    .requiredOption('--dir <folder>', 'where it keeps its key and the heads; whoever takes an old copy back makes it forget')
    .addOption(new Option('--port <n>', 'the port; 0 for any that is free').argParser(port).default(7421))
    .action(
      action(async ({ output }, options: WitnessCommandOptions) => {
        const cosigner = await ed25519Cosigner(options.name, readOrCreateSeed(join(options.dir, 'witness.key')))
        const logs = await Promise.all(options.log.map(logOf))
        const handle = createWitness(nodeSha256, {
          cosigners: [cosigner],
          logs,
          store: new DirectoryWitnessStore(join(options.dir, 'heads')),
        })
        const fetch = async (request: Request): Promise<Response> => {
          try {
            return await handle(request)
          } catch (error) {
            output.note(`nothing was cosigned: ${(error as Error).message}`)
            return new Response('the witness cannot answer\n', { status: 500 })
          }
        }
        const server = await listenOnLoopback(createAdaptorServer({ fetch }), options.port)
        const key = formatNoteKey(cosigner.key)
        output.data({ url: server.origin, key })
        output.text(
          `witness at ${server.origin}\n\nIn the trust policy of a ledger:\n\n${options.log.map((log) => `log ${log}\n`).join('')}witness W ${key} ${server.origin}\nquorum W`,
        )
        const stop = stopSignal(null)
        await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }))
        await server.close()
        return 0
      }),
    )
}

async function logOf(vkey: string): Promise<{ origin: string; verifiers: NoteVerifier[] }> {
  try {
    const verifier = await ed25519Verifier(vkey)
    return { origin: verifier.key.name, verifiers: [verifier] }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    throw new BailiwickError('LEDGER_POLICY', `\`${vkey}\` is no key of a ledger: ${error.message}`, {
      mend: '`bailiwick log verify` prints the key of a ledger',
      cause: error,
    })
  }
}
