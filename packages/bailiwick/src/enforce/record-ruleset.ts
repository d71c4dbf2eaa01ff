import { commit } from '../ledger/commitment.ts'
import type { Changes } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LedgerStore } from '../ledger/ledger-store.ts'
import { entryAt } from '../ledger/past-reader.ts'
import { readPayload } from '../ledger/read-payload.ts'
import { rulesetSubject } from '../ledger/subject.ts'
import { canonicalJson, isJsonObject, sha256Hex } from '../model/json.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Ruleset } from '../model/ruleset.ts'

/** What the ledger keeps of a ruleset besides its digest. */
interface Contents {
  /** Of each tool; null for the governed reads. */
  readonly pins: JsonObject
  /** SHA-256 of each policy in Cedar's JSON form, and of what each contract says in the manifest, by id. */
  readonly policies: JsonObject
}

/** A ruleset by its digest, with its contents where they are known. */
interface KnownRuleset {
  readonly digest: string
  readonly contents: Contents | null
}

const mostNames = 50
const longestName = 128

/** Records that a ruleset comes into force instead of another; null when there is none before it that is known. */
export async function recordRuleset(ledger: Ledger, ruleset: Ruleset, before: KnownRuleset | null): Promise<void> {
  const contents = contentsOf(ruleset)
  const { commitment, payload } = commit(contents)
  await ledger.append(
    {
      type: 'configuration',
      event: 'ruleset',
      session: null,
      policyDigest: ruleset.digest,
      before: before?.digest ?? null,
      pins: changesOf(contents.pins, before?.contents?.pins),
      policies: changesOf(contents.policies, before?.contents?.policies),
      contents: commitment,
    },
    [payload],
  )
}

/** A ruleset as {@link recordRuleset} compares it. */
export function knownRuleset(ruleset: Ruleset): KnownRuleset {
  return { digest: ruleset.digest, contents: contentsOf(ruleset) }
}

/** The ruleset that the ledger saw come into force last, by whichever process; null when it saw none. */
export async function lastRecordedRuleset(store: LedgerStore): Promise<KnownRuleset | null> {
  const [index] = await store.lastIndicesOf(rulesetSubject, await store.size(), 1)
  if (index === undefined) return null
  const entry = await entryAt(store, index)
  if (entry?.type !== 'configuration' || entry.event !== 'ruleset') return null
  const contents = await readPayload(store, index, entry.contents.hash)
  const { pins, policies }: JsonObject = isJsonObject(contents) ? contents : {}
  return { digest: entry.policyDigest, contents: isJsonObject(pins) && isJsonObject(policies) ? { pins, policies } : null }
}

function contentsOf({ tools, policyRules, manifest }: Ruleset): Contents {
  return {
    pins: Object.fromEntries([...tools.values()].map(({ key, pin }) => [key, pin])),
    policies: Object.fromEntries(
      [...policyRules.values()].map(({ id, json }) => [id, policyDigest(json ?? manifest.goals[id.replace(/^contract:/, '')])]),
    ),
  }
}

function policyDigest(policy: unknown): string {
  return `sha256:${sha256Hex(`bailiwick policy v1\n${canonicalJson(policy)}`)}`
}

function changesOf(now: JsonObject, before: JsonObject | undefined): Changes {
  const count = Object.keys(now).length
  if (before === undefined) return { count, changed: null, names: [] }
  const changed = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((name) => own(now, name) !== own(before, name)).sort()
  return { count, changed: changed.length, names: changed.slice(0, mostNames).map((name) => name.slice(0, longestName).toWellFormed()) }
}

function own(values: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}
