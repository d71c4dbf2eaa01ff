import * as z from 'zod'
import type { Happening } from './happenings.ts'

/** What the monitoring says of a namespace; `cause` is `none` and `name` empty when nothing is wrong. */
export const statusSchema = z.object({
  namespace: z.string(),
  state: z.enum(['degraded', 'healthy']),
  cause: z.enum(['none', 'stale-cache', 'stuck-service']),
  name: z.string(),
})

export type Status = z.infer<typeof statusSchema>

const faults: readonly Status[] = [
  { namespace: 'storefront', state: 'degraded', cause: 'stuck-service', name: 'checkout' },
  { namespace: 'search', state: 'degraded', cause: 'stuck-service', name: 'search' },
  { namespace: 'search-staging', state: 'degraded', cause: 'stale-cache', name: 'page-cache' },
  { namespace: 'kube-system', state: 'degraded', cause: 'stuck-service', name: 'dns' },
]

const mends: Readonly<Record<string, Status['cause']>> = { 'restart-service': 'stuck-service', 'clear-cache': 'stale-cache' }

/**
 * The status of a namespace once all of this has happened: a fault is there until the script that mends it ran for what has it. As many
 * clusters do, this one takes a name in any spelling.
 */
export function statusAfter(happenings: readonly Happening[], namespace: string): Status {
  const fault = faults.find((one) => one.namespace === namespace.trim().toLowerCase())
  const mended = happenings.some(
    ({ tool, args }) =>
      tool === 'run_script' &&
      args['namespace'] === fault?.namespace &&
      mends[String(args['script'])] === fault?.cause &&
      Array.isArray(args['arguments']) &&
      args['arguments'].includes(fault?.name),
  )
  return fault === undefined || mended ? { namespace, state: 'healthy', cause: 'none', name: '' } : { ...fault, namespace }
}
