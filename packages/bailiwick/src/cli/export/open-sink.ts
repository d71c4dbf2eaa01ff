import { Secrets } from '../../authority/credentials/secrets.ts'
import type { Sink } from '../../ledger/export/sink.ts'
import { webhookKey } from '../../ledger/export/webhook-message.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { SecretSource } from '../../model/secret-source.ts'
import { sinkName } from '../../model/export.ts'
import type { SinkDeclaration } from '../../model/export.ts'
import { securityEventSink } from './security-event-sink.ts'
import type { Transmitter } from './security-event-sink.ts'
import { syslogSink } from './syslog-sink.ts'
import { webhookSink } from './webhook-sink.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * A sink as it is declared. OpenTelemetry's library is loaded only for a sink that needs it.
 * @param base the folder that files of secrets are relative to
 * @param transmitter as whom security events are told
 * @throws BailiwickError `SECRET_MISSING`
 */
export async function openSink(
  declaration: SinkDeclaration,
  base: string,
  environment: Environment,
  transmitter: Transmitter,
): Promise<Sink> {
  const { otlp, webhook, syslog, securityEvents } = declaration
  const name = sinkName(declaration)
  const secrets = new Secrets(Date.now)
  const read = async (source: SecretSource, what: string): Promise<string> =>
    typeof source === 'string' ? source : secrets.read(source, `${what} of the sink ${name}`, { base, environment })
  const headersOf = async (declared: Readonly<Record<string, SecretSource>> = {}): Promise<Readonly<Record<string, string>>> => {
    const headers = Object.entries(declared).map(async ([header, source]) => [header, await read(source, header)] as const)
    return Object.fromEntries(await Promise.all(headers))
  }
  if (otlp !== undefined) {
    const { otlpSink } = await import('./otlp-sink.ts')
    return otlpSink(otlp.url, await headersOf(otlp.headers))
  }
  if (securityEvents !== undefined) {
    const headers = await headersOf(securityEvents.headers)
    assertSendable(headers, name)
    return securityEventSink(securityEvents, headers, transmitter)
  }
  if (webhook !== undefined) {
    const key = webhookKey(await read(webhook.secret, 'the secret'))
    if (key !== null) return webhookSink(webhook.url, key)
    throw new BailiwickError('SECRET_MISSING', `the secret of the sink ${name} is not \`whsec_\` and 24 to 64 bytes in base64`, {
      mend: 'make one with `echo whsec_$(openssl rand -base64 32)`',
    })
  }
  return syslogSink((syslog as { readonly url: string }).url)
}

/** What no header can hold is refused here, since whoever refuses it later repeats it. */
function assertSendable(headers: Readonly<Record<string, string>>, name: string): void {
  for (const [header, value] of Object.entries(headers))
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
      throw new BailiwickError('SECRET_MISSING', `the header \`${header}\` of the sink ${name} holds what no header can`, {
        mend: 'put the value there in one line, without a line end',
      })
}
