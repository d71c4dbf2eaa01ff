import { createAdaptorServer } from '@hono/node-server'
import { createWitness, ed25519Cosigner, ed25519Verifier, formatNoteKey, MemoryWitnessStore } from '@bailiwick/tlog'
import { onTestFinished } from 'vitest'
import { listenOnLoopback } from '../../src/enforce/mcp/loopback.ts'
import { nodeSha256 } from '../../src/ledger/node-sha256.ts'

/** A witness over real HTTP on a port of its own, which remembers while it is closed. */
export interface RunningWitness {
  /** Its line of a policy. */
  readonly line: string
  /** How many entries of the ledger it has cosigned; 0 for none. */
  readonly size: () => Promise<number>
  readonly close: () => Promise<void>
  readonly open: () => Promise<void>
}

/** A witness of one ledger, with a name and a key of its own. It is gone when the test is over. */
export async function runningWitness(name: string, seed: number, ledgerKey: string): Promise<RunningWitness> {
  const cosigner = await ed25519Cosigner(`${name}.example`, new Uint8Array(32).fill(seed))
  const store = new MemoryWitnessStore()
  const verifier = await ed25519Verifier(ledgerKey)
  const origin = verifier.key.name
  const fetch = createWitness(nodeSha256, { cosigners: [cosigner], logs: [{ origin, verifiers: [verifier] }], store })
  let server = await listenOnLoopback(createAdaptorServer({ fetch }), 0)
  const { port } = new URL(server.origin)
  onTestFinished(() => server.close())
  return {
    line: `witness ${name} ${formatNoteKey(cosigner.key)} ${server.origin}`,
    size: async () => (await store.latest(origin))?.size ?? 0,
    close: () => server.close(),
    open: async () => {
      server = await listenOnLoopback(createAdaptorServer({ fetch }), Number(port))
    },
  }
}
