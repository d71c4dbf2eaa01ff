import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import { compile, Entities } from '@bailiwick/cedar'
import type { Entity, EntityUid, PolicySet, Request } from '@bailiwick/cedar'
import { quantile } from './measurement.ts'
import type { Bench } from './measurement.ts'

const sizes = [10, 100, 1000, 10_000] as const

/** A way to make policies: `selective` means that one action is concerned by each, so that few can apply to a request. */
interface Shape {
  readonly name: string
  readonly policy: (index: number, count: number) => string
}

const shapes: readonly Shape[] = [
  {
    name: 'one action concerned',
    policy: (index) => `permit (principal, action == Action::"act${index}", resource) when { ${condition(index)} };`,
  },
  {
    name: 'one resource concerned',
    policy: (index) => `permit (principal in Team::"t${index % 6}", action, resource == Doc::"d${index}") when { ${condition(index)} };`,
  },
  { name: 'all apply', policy: (index) => `permit (principal, action, resource) when { ${condition(index)} };` },
]

/** Conditions that hold for the request below: on arguments, sets, `like` and the hierarchy. */
function condition(index: number): string {
  switch (index % 4) {
    case 0:
      return `context.input.limit <= ${1000 + index} && context.input.dry`
    case 1:
      return `["draft", "final", "s${index}"].contains(context.input.state)`
    case 2:
      return `context.input.path like "/srv/*/report-*.csv" && context.input.limit != ${index + 100_000}`
    default:
      return `principal in Team::"t${index % 6}" && principal.level >= ${index % 3} && !principal.suspended`
  }
}

/** Compares compiled policies with the official build, stateful and preparsed, on the same policies and requests. */
export const cedarBench: Bench = async (report) => {
  const list = entities(6)
  const store = new Entities(list)
  for (const { name, policy } of shapes)
    for (const count of sizes) {
      const policies = Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, policy(index, count)]))
      const start = performance.now()
      const set = compile(policies)
      const label = `${name}, ${count} policies`
      report({ case: label, subject: 'bailiwick', metric: 'compile', unit: 'ms', value: performance.now() - start })
      const requests = Array.from({ length: 64 }, (_, index) => request((index * 7919) % count))
      const theirs = prepared(policies)
      for (const one of requests.slice(0, 8)) compareAnswers(set.authorize(one, store), theirs(one, list))
      const mine = sample(requests, (one) => set.authorize(one, store), 100)
      const theirTimes = sample(requests, (one) => theirs(one, list), 1)
      for (const [subject, times] of [
        ['bailiwick', mine],
        ['cedar-wasm', theirTimes],
      ] as const) {
        report({ case: label, subject, metric: 'median', unit: 'µs', value: quantile(times, 0.5) })
        report({ case: label, subject, metric: 'p99', unit: 'µs', value: quantile(times, 0.99) })
      }
      report({
        case: label,
        subject: 'cedar-wasm',
        metric: 'over bailiwick',
        unit: '×',
        value: quantile(theirTimes, 0.5) / quantile(mine, 0.5),
      })
    }
  for (let depth = 1; depth <= 6; depth += 1) hierarchy(depth, report)
}

/** One policy about a group that many levels lie between. */
function hierarchy(depth: number, report: Parameters<Bench>[0]): void {
  const list = entities(depth)
  const store = new Entities(list)
  const policies = { p: `permit (principal, action, resource) when { principal in Team::"t${depth - 1}" };` }
  const set: PolicySet = compile(policies)
  const theirs = prepared(policies)
  compareAnswers(set.authorize(request(0), store), theirs(request(0), list))
  const mine = sample([request(0)], (one) => set.authorize(one, store), 100)
  const theirTimes = sample([request(0)], (one) => theirs(one, list), 1)
  const label = `hierarchy ${depth} deep`
  report({ case: label, subject: 'bailiwick', metric: 'median', unit: 'µs', value: quantile(mine, 0.5) })
  report({ case: label, subject: 'bailiwick', metric: 'p99', unit: 'µs', value: quantile(mine, 0.99) })
  report({ case: label, subject: 'cedar-wasm', metric: 'median', unit: 'µs', value: quantile(theirTimes, 0.5) })
  report({ case: label, subject: 'cedar-wasm', metric: 'p99', unit: 'µs', value: quantile(theirTimes, 0.99) })
  report({
    case: label,
    subject: 'cedar-wasm',
    metric: 'over bailiwick',
    unit: '×',
    value: quantile(theirTimes, 0.5) / quantile(mine, 0.5),
  })
}

/** Microseconds a decision, from several rounds; each sample is the mean of `batch` decisions, since the clock does not resolve one. */
function sample(requests: readonly Request[], decide: (request: Request) => unknown, batch: number): number[] {
  const pick = (index: number): Request => requests[index % requests.length] as Request
  const until = performance.now() + 150
  for (let index = 0; performance.now() < until; index += 1) decide(pick(index))
  const times: number[] = []
  const end = performance.now() + 300
  for (let index = 0; times.length < 50 || (performance.now() < end && times.length < 5000);) {
    const start = performance.now()
    for (let done = 0; done < batch; done += 1) decide(pick((index += 1)))
    times.push(((performance.now() - start) * 1000) / batch)
    if (performance.now() > end + 3000) break
  }
  return times
}

function prepared(
  policies: Record<string, string>,
): (request: Request, entities: readonly Entity[]) => { decision: string; reasons: string[] } {
  const handle = globalThis.crypto.randomUUID()
  const parsed = preparsePolicySet(handle, { staticPolicies: policies })
  if (parsed.type === 'failure') throw new Error(parsed.errors[0]?.message)
  return (one, list) => {
    const answer = statefulIsAuthorized({
      ...(one as never as { principal: EntityUid; action: EntityUid; resource: EntityUid; context: never }),
      entities: list as never,
      preparsedPolicySetId: handle,
    })
    if (answer.type === 'failure') throw new Error(answer.errors[0]?.message)
    return { decision: answer.response.decision, reasons: answer.response.diagnostics.reason }
  }
}

function compareAnswers(
  mine: { decision: string; reasons: readonly string[] },
  theirs: { decision: string; reasons: readonly string[] },
): void {
  if (mine.decision !== theirs.decision || mine.reasons.toSorted().join() !== theirs.reasons.toSorted().join())
    throw new Error(`the answers differ: ${JSON.stringify(mine)} and ${JSON.stringify(theirs)}`)
}

function request(index: number): Request {
  return {
    principal: { type: 'User', id: 'ada' },
    action: { type: 'Action', id: `act${index}` },
    resource: { type: 'Doc', id: `d${index}` },
    context: { input: { limit: 10, dry: true, state: 'draft', path: '/srv/sales/report-2026.csv' }, minute: 7 },
  }
}

/** A person in a chain of teams. */
function entities(depth: number): Entity[] {
  const team = (level: number): EntityUid => ({ type: 'Team', id: `t${level}` })
  return [
    { uid: { type: 'User', id: 'ada' }, attrs: { level: 3, suspended: false }, parents: [team(0)] },
    ...Array.from({ length: depth }, (_, level) => ({ uid: team(level), attrs: {}, parents: level + 1 < depth ? [team(level + 1)] : [] })),
  ]
}
