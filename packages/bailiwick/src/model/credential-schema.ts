import * as z from 'zod'
import type { CredentialDeclaration } from './credential.ts'
import { foundSecretSchema } from './secret-schema.ts'
import { isIssuerUrl } from './trust-schema.ts'

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, 'a scope has visible ASCII characters, without `"` and `\\`')
const scopes = z.array(scope).min(1)

const oauth = z
  .strictObject({
    issuer: z
      .string()
      .max(512)
      .refine(isIssuerUrl, 'an https address without query, as the server names itself; http only for localhost, 127.0.0.1 and [::1]'),
    clientId: z.string().min(1).max(512),
    clientSecret: foundSecretSchema.optional(),
    clientKey: foundSecretSchema.optional(),
    grant: z.enum(['client_credentials', 'token-exchange']).default('client_credentials'),
    resource: z
      .string()
      .refine((text) => URL.canParse(text) && !text.includes('#'), 'an absolute URI without a fragment (RFC 8707)')
      .optional(),
    audience: z.string().min(1).max(512).optional(),
  })
  .superRefine((value, context) => {
    if ((value.clientSecret === undefined) === (value.clientKey === undefined))
      context.addIssue({ code: 'custom', message: 'give either `clientSecret` or `clientKey`' })
  })

/** The form of `credential` of a toolbox. */
export const credentialSchema: z.ZodType<CredentialDeclaration> = z.strictObject({
  oauth,
  scopes: z
    .strictObject({ read: scopes, write: scopes.optional(), external: scopes.optional(), destructive: scopes.optional() })
    .optional(),
  tools: z.record(z.string(), scopes).default({}),
})
