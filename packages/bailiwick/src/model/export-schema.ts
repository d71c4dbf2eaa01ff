import * as z from 'zod'
import { entryTypes, sinkKinds, sinkName } from './export.ts'
import type { SinkDeclaration } from './export.ts'
import { revocableKinds } from './lineage.ts'
import type { SecretSource } from './secret-source.ts'
import { isLocalOrSecure } from './trust-schema.ts'
import { responses } from './vocabulary.ts'

/** The form of `export`, given the forms of what it shares with the rest of the manifest. */
export function exportSchema(shared: {
  readonly name: z.ZodType<string>
  readonly label: z.ZodType<string>
  readonly header: z.ZodType<string>
  readonly secret: z.ZodType<SecretSource>
  readonly foundSecret: z.ZodType<Exclude<SecretSource, string>>
}): z.ZodType<readonly SinkDeclaration[]> {
  const { name, label, header, secret, foundSecret } = shared
  const securityEvents = z.strictObject({
    url: address(/^https?$/).refine(isLocalOrSecure, 'an https address; http only for localhost, 127.0.0.1 and [::1]'),
    audience: z.string().min(1).max(512),
    issuer: z.string().min(1).max(512).optional(),
    headers: z.record(header, secret).optional(),
    kinds: z.array(z.enum(revocableKinds)).min(1).optional(),
  })
  const sink = z
    .strictObject({
      name: name.optional(),
      from: z.enum(['start', 'now']).default('start'),
      otlp: z.strictObject({ url: address(/^https?$/), headers: z.record(header, secret).optional() }).optional(),
      webhook: z.strictObject({ url: address(/^https?$/), secret: foundSecret }).optional(),
      syslog: z.strictObject({ url: syslogAddress }).optional(),
      securityEvents: securityEvents.optional(),
      labels: z.array(label).min(1).optional(),
      responses: z.array(z.enum(responses)).min(1).optional(),
      agents: z.array(name).min(1).optional(),
      types: z.array(z.enum(entryTypes)).min(1).optional(),
    })
    .refine(
      (value) => sinkKinds.filter((kind) => value[kind] !== undefined).length === 1,
      'give exactly one of `otlp`, `webhook`, `syslog` and `securityEvents`',
    )
    .superRefine((value, context) => {
      if (value.securityEvents === undefined) return
      for (const filter of ['labels', 'responses', 'agents', 'types'] as const)
        if (value[filter] !== undefined)
          context.addIssue({ code: 'custom', path: [filter], message: 'security events are chosen by their `kinds` alone' })
    })
  return z
    .array(sink)
    .min(1)
    .superRefine((sinks, context) => {
      const names = sinks.map(sinkName)
      for (const [index, one] of names.entries())
        if (names.indexOf(one) !== index)
          context.addIssue({
            code: 'custom',
            path: [index],
            message: `two sinks are called \`${one}\`; give each a \`name\` of its own`,
          })
    })
}

function address(protocol: RegExp): z.ZodType<string> {
  return z.url({ protocol }).refine(hasNoUser, 'name and password do not belong in an address')
}

const syslogAddress = address(/^(udp|tcp|tls)$/).refine((text) => {
  const { hostname, pathname, search, hash } = new URL(text)
  return hostname !== '' && ['', '/'].includes(pathname) && search === '' && hash === ''
}, 'an address such as `tls://siem.corp.example:6514`')

function hasNoUser(text: string): boolean {
  const { username, password } = new URL(text)
  return username === '' && password === ''
}
