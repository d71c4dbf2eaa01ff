import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { HrTime } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { callSpan } from '../../ledger/export/call-span.ts'
import type { CallSpan } from '../../ledger/export/call-span.ts'
import { modelSpan } from '../../ledger/export/model-span.ts'
import { product } from '../../ledger/export/product.ts'
import type { Sink } from '../../ledger/export/sink.ts'

const requestLimit = 8000

/** Sends calls of tools and of models that have ended as spans, by OTLP over HTTP in protobuf. What is not about a call is passed over. */
export function otlpSink(url: string, headers: Readonly<Record<string, string>>): Sink {
  const exporter = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: requestLimit })
  const resource = resourceFromAttributes({ 'service.name': 'bailiwick', 'service.version': product.version })
  const readable = (span: CallSpan): ReadableSpan => ({
    name: span.name,
    kind: span.kind === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
    spanContext: () => ({ traceId: span.traceId, spanId: span.spanId, traceFlags: TraceFlags.SAMPLED }),
    startTime: hrTime(span.start),
    endTime: hrTime(span.end),
    duration: hrTime(span.end - span.start),
    status: span.error === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: span.error },
    attributes: { ...span.attributes },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: 'bailiwick', version: product.version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  })
  return {
    batch: 32,
    send: async (records, signal) => {
      const spans = records.flatMap((record) => callSpan(record) ?? modelSpan(record) ?? []).map(readable)
      if (spans.length === 0) return
      await new Promise<void>((resolve, reject) => {
        const late = (): void => reject(new Error('the collector does not answer'))
        signal.addEventListener('abort', late, { once: true })
        exporter.export(spans, ({ error, code }) => {
          signal.removeEventListener('abort', late)
          // The enumeration lives in a package that nothing else is needed of.
          const result: number = code
          if (result === 0) resolve()
          else reject(error ?? new Error('the collector did not take the spans'))
        })
      })
    },
    close: () => exporter.shutdown(),
  }
}

/** Whole seconds, and nanoseconds. */
function hrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000]
}
