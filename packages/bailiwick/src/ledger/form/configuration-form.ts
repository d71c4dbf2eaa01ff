import * as z from 'zod'
import type { Changes, LedgerKeyEntry, RefusedConfigurationEntry, RulesetEntry, TokenKeyEntry, TrustPolicyEntry } from '../entry.ts'
import { exactly } from './exactly.ts'
import { commitment, count, digest, list, stamp, text } from './fields.ts'
import type { Unlinked } from './fields.ts'

const configuration = { ...stamp, type: z.literal('configuration'), session: z.null() }

const changes: z.ZodType<Changes> = exactly<Changes>()(z.strictObject({ count, changed: count.nullable(), names: list(text) }))

const ruleset: z.ZodType<Unlinked<RulesetEntry>> = exactly<Unlinked<RulesetEntry>>()(
  z.strictObject({
    ...configuration,
    event: z.literal('ruleset'),
    policyDigest: digest,
    before: digest.nullable(),
    pins: changes,
    policies: changes,
    contents: commitment,
  }),
)

const trustPolicy: z.ZodType<Unlinked<TrustPolicyEntry>> = exactly<Unlinked<TrustPolicyEntry>>()(
  z.strictObject({ ...configuration, event: z.literal('trust-policy'), trustDigest: digest.nullable(), before: digest.nullable() }),
)

const ledgerKey: z.ZodType<Unlinked<LedgerKeyEntry>> = exactly<Unlinked<LedgerKeyEntry>>()(
  z.strictObject({ ...configuration, event: z.literal('ledger-key'), from: text, to: text, statement: text, by: text, reason: text }),
)

const tokenKey: z.ZodType<Unlinked<TokenKeyEntry>> = exactly<Unlinked<TokenKeyEntry>>()(
  z.strictObject({ ...configuration, event: z.literal('token-key'), from: text, to: text, until: text, by: text }),
)

const refused: z.ZodType<Unlinked<RefusedConfigurationEntry>> = exactly<Unlinked<RefusedConfigurationEntry>>()(
  z.strictObject({ ...configuration, event: z.literal('refused'), policyDigest: digest, detail: text }),
)

/** What came into force, and what was refused. */
export const configurationForm: z.ZodType<
  Unlinked<RulesetEntry | TrustPolicyEntry | LedgerKeyEntry | TokenKeyEntry | RefusedConfigurationEntry>
> = z.union([ruleset, trustPolicy, ledgerKey, tokenKey, refused])
