import { formatProof, inclusionProof, leafHash, openByPolicy, parseProof, TlogError, verifyProof } from '@bailiwick/tlog'
import type { TrustPolicy } from '@bailiwick/tlog'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { LedgerEntry } from '../entry.ts'
import type { LedgerStore } from '../ledger-store.ts'
import { nodeSha256 } from '../node-sha256.ts'

/** The last second that a date can be of (ECMAScript, time range). */
const latestTime = 8.64e12

/** How many heads are tried for one that the policy trusts. */
const mostHeads = 1000

/**
 * A self-contained proof of an entry (C2SP tlog-proof): the entry itself as extra data, its inclusion proof, and the newest signed checkpoint that
 * the policy trusts.
 * @throws BailiwickError `LEDGER_ENTRY_UNKNOWN` when there is no entry, or no such head over it yet
 */
export async function receiptProof(store: LedgerStore, index: number, policy: TrustPolicy): Promise<string> {
  const [body] = await store.entries(index, 1)
  if (body === undefined) throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `the ledger has no entry ${index}`)
  for (const { size, note } of await store.headsOver(index, mostHeads)) {
    if (!(await isTrusted(note, policy))) continue
    return formatProof({ extra: body, index, proof: inclusionProof(nodeSha256, index, size, store.nodes()), checkpoint: note })
  }
  throw new BailiwickError('LEDGER_ENTRY_UNKNOWN', `no signed head that the policy trusts covers entry ${index} yet`, {
    mend: 'see whether the witnesses of the policy can be reached, and whether it names this ledger',
  })
}

async function isTrusted(note: string, policy: TrustPolicy): Promise<boolean> {
  try {
    await openByPolicy(note, policy)
    return true
  } catch (error) {
    if (error instanceof TlogError) return false
    throw error
  }
}

/** What a proof shows, or why it shows nothing. */
export type ReceiptAnswer =
  | {
      readonly ok: true
      readonly entry: LedgerEntry
      readonly index: number
      /** Entries of the ledger that the checkpoint is over. */
      readonly size: number
      readonly origin: string
      /** Who cosigned it, and when by their clocks (RFC 3339). */
      readonly witnesses: readonly { readonly name: string; readonly time: string }[]
    }
  | { readonly ok: false; readonly problem: string }

/** Checks a proof of an entry offline, by nothing but the policy that is trusted. Never throws for what a file could hold. */
export async function checkReceipt(text: Uint8Array | string, policy: TrustPolicy): Promise<ReceiptAnswer> {
  try {
    const { extra } = parseProof(text)
    if (extra === null) return { ok: false, problem: 'the proof holds no entry' }
    const { index, checkpoint } = await verifyProof(nodeSha256, text, leafHash(nodeSha256, extra), policy)
    const late = checkpoint.cosignatures.find(({ time }) => time > latestTime)
    if (late !== undefined) return { ok: false, problem: `the cosignature of \`${late.witness.name}\` is of a time that is none` }
    const witnesses = checkpoint.cosignatures.map(({ witness, time }) => ({
      name: witness.name,
      time: new Date(time * 1000).toISOString(),
    }))
    const entry = JSON.parse(Buffer.from(extra).toString('utf8')) as LedgerEntry
    return { ok: true, entry, index, size: checkpoint.size, origin: checkpoint.origin, witnesses }
  } catch (error) {
    if (error instanceof TlogError || error instanceof SyntaxError) return { ok: false, problem: error.message }
    throw error
  }
}
