import * as z from 'zod'
import { durationPattern, milliseconds } from './quantity.ts'
import type { SecretSource } from './secret-source.ts'
import type { TrustDeclaration } from './trust.ts'

const claimName = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'the name of a claim')
const claimValue = z.union([z.string().min(1), z.number(), z.boolean()], { error: 'a text, a number, `true` or `false`' })
const claimValues = z.union([claimValue, z.array(claimValue).min(1)], { error: 'a value, or a list of those that are allowed' })
/** Checked for each token anyhow, so that they tell no workload from another. */
const ownClaims = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])
const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])
const xForm = /^[A-Za-z0-9_-]{43}$/
const domain = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'a domain in lower-case ASCII, without `@`')
const file = z.string().min(1)

/** True for https, and for http to this machine; no name, password, query or fragment. */
export function isIssuerUrl(text: string): boolean {
  if (!isLocalOrSecure(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === '' && !/[?#\s]/.test(text)
}

/** True for https, and for http to this machine. */
export function isLocalOrSecure(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && loopbackHosts.has(hostname))
}

const issuer = z
  .string()
  .max(512)
  .refine(isIssuerUrl, 'an https address without query, as the tokens have it in `iss`; http only for localhost, 127.0.0.1 and [::1]')

/** The name of a person who has a key. */
export const personNameSchema: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/, 'the name of a person has letters, digits and `. _ @ + -`')

const publicKey = z
  .string()
  .refine(
    (text) => xForm.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text,
    'the public key that `people add` prints',
  )

/** The form of `trust`, given the forms of what it shares with the rest of the manifest. */
export function trustSchema(shared: {
  readonly name: z.ZodType<string>
  readonly foundSecret: z.ZodType<Exclude<SecretSource, string>>
}): z.ZodType<TrustDeclaration> {
  const people = z
    .strictObject({
      issuer: issuer.optional(),
      clientId: z.string().min(1).max(512).optional(),
      clientSecret: shared.foundSecret.optional(),
      claim: claimName.default('sub'),
      domains: z.array(domain).min(1).optional(),
      jwks: file.optional(),
      once: z.boolean().default(false),
      keys: z.record(personNameSchema, publicKey).default({}),
      allowNamed: z.boolean().default(false),
    })
    .superRefine((value, context) => {
      const problem = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message })
      const provider = value.issuer !== undefined
      if (provider !== (value.clientId !== undefined)) return problem([], '`issuer` and `clientId` go together')
      if (!provider && Object.keys(value.keys).length === 0) problem([], 'give `issuer` and `clientId` of a provider, or `keys` of people')
      for (const key of ['clientSecret', 'jwks', 'domains'] as const)
        if (!provider && value[key] !== undefined) problem([key], 'goes with `issuer`')
      if (value.domains !== undefined && value.claim !== 'email') problem(['domains'], 'goes with `claim: email`')
      if (ownClaims.has(value.claim)) problem(['claim'], 'is no name of a person; use one such as `sub` or `email`')
    })
  const workload = z.strictObject({
    issuer,
    audience: z.string().min(1).max(512),
    claims: z
      .record(claimName, claimValues)
      .refine((claims) => Object.keys(claims).length > 0, 'give at least one claim that tells the workload from others of the issuer'),
    agent: shared.name,
    jwks: file.optional(),
    maxAge: z
      .string()
      .regex(durationPattern, 'a duration is written like `90s`, `10m` or `1h`')
      .refine(
        (text) => !durationPattern.test(text) || (milliseconds(text) > 0 && milliseconds(text) <= 86_400_000),
        'more than nothing, and `1d` at most',
      )
      .default('1h'),
  })
  const checked = workload.superRefine(({ claims }, context) => {
    for (const name of Object.keys(claims))
      if (ownClaims.has(name))
        context.addIssue({
          code: 'custom',
          path: ['claims', name],
          message: 'is checked for every token; name a claim that tells workloads apart',
        })
  })
  const transmitter = z.strictObject({ issuer, audience: z.string().min(1).max(512), jwks: file.optional() })
  return z
    .strictObject({ people: people.optional(), workloads: z.array(checked).default([]), events: z.array(transmitter).min(1).optional() })
    .refine(
      (value) => value.people !== undefined || value.workloads.length > 0 || value.events !== undefined,
      'give `people`, or at least one of `workloads` or `events`',
    )
}
