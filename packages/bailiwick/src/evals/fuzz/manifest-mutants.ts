import type { RulesetSources } from '../../model/compile-ruleset.ts'
import { isJsonObject } from '../../model/json.ts'
import type { FrameConstraints, FrameDeclaration, GoalDeclaration, Manifest } from '../../model/manifest.ts'
import type { Ruleset } from '../../model/ruleset.ts'
import type { YamlPath } from '../../model/yaml-source.ts'
import { heldBySchema, nothingHeld } from './held-by-schema.ts'
import type { HeldBySchema } from './held-by-schema.ts'
import { attackerMail } from '../attacks/attacker.ts'
import { alternativesOf } from '../generate/pattern-alternatives.ts'
import { Places } from '../redteam/place-of-rule.ts'
import type { Mutant } from './mutant.ts'

/** A change of one value of the manifest; undefined takes it out. */
interface Change {
  readonly path: YamlPath
  readonly value: unknown
  readonly what: string
  /** Where to point, if not at the path. */
  readonly at?: YamlPath
}

/**
 * Every small weakening of what agents, goals (all, or those named), labels and patterns declare. Left alone are tools that no contract names, patterns that
 * no policy takes out, labels where nothing looks at any, and frames as far as the tool's own schema holds them: nothing of theirs reaches a decision.
 */
export function* manifestMutants(sources: RulesetSources, ruleset: Ruleset, goals: readonly string[] = []): Generator<Mutant> {
  const { manifest } = sources
  const places = new Places(sources.yaml, ruleset)
  const changes = [
    ...Object.entries(manifest.agents).flatMap(([name, agent]) => agentChanges(manifest, name, agent.goals, agent.mode)),
    ...Object.entries(manifest.goals).flatMap(([name, goal]) =>
      goals.length === 0 || goals.includes(name) ? goalChanges(ruleset, name, goal) : [],
    ),
    ...labelChanges(ruleset),
    ...patternChanges(ruleset),
  ]
  for (const { path, value, what, at } of changes)
    yield {
      what,
      place: places.inManifest(at ?? path),
      policy: null,
      sources: { ...sources, manifest: changed(manifest, path, value) as Manifest },
    }
}

function changed(node: unknown, [first, ...rest]: YamlPath, value: unknown): unknown {
  if (Array.isArray(node)) {
    const list: readonly unknown[] = node
    if (rest.length === 0 && value === undefined) return list.filter((_, index) => index !== first)
    return list.map((one, index) => (index === first ? (rest.length === 0 ? value : changed(one, rest, value)) : one))
  }
  const object = node as Readonly<Record<string, unknown>>
  const key = first as string
  if (rest.length > 0) return { ...object, [key]: changed(object[key], rest, value) }
  const { [key]: _, ...others } = object
  return value === undefined ? others : { ...object, [key]: value }
}

function agentChanges(manifest: Manifest, name: string, goals: readonly string[], mode: string): Change[] {
  const path = ['agents', name]
  const other = Object.keys(manifest.goals).filter((goal) => !goals.includes(goal))
  return [
    ...(mode === 'enforce' ? [{ path: [...path, 'mode'], value: 'observe', what: `the agent \`${name}\` is only observed` }] : []),
    ...other.map((goal) => ({
      path: [...path, 'goals'],
      value: [...goals, goal],
      what: `the agent \`${name}\` may pursue \`${goal}\` too`,
    })),
  ]
}

function goalChanges(ruleset: Ruleset, name: string, goal: GoalDeclaration): Change[] {
  const path = ['goals', name]
  const { limits } = goal
  const more: Change[] = goal.confirm.map((tool, index) => ({
    path: [...path, 'confirm', index],
    value: undefined,
    what: `\`${tool}\` is no longer confirmed by a person`,
  }))
  for (const tool of ruleset.tools.keys())
    if (!Object.hasOwn(goal.tools, tool))
      more.push({ path: [...path, 'tools', tool], value: {}, what: `the contract names \`${tool}\` too`, at: [...path, 'tools'] })
  for (const [tool, frames] of Object.entries(goal.tools))
    for (const [argument, frame] of Object.entries(frames))
      more.push(
        ...frameChanges(
          [...path, 'tools', tool, argument],
          `\`${argument}\` of \`${tool}\``,
          frame,
          heldBySchema(ruleset.tools.get(tool), argument),
        ),
      )
  const raised = (key: 'calls' | 'minutes' | 'repeats', value: number | undefined): Change[] =>
    value === undefined
      ? []
      : [
          { path: [...path, 'limits', key], value: value + 1, what: `the limit \`${key}\` is ${value + 1} instead of ${value}` },
          ...(key === 'repeats' ? [] : [{ path: [...path, 'limits', key], value: undefined, what: `there is no limit \`${key}\`` }]),
        ]
  more.push(
    ...raised('calls', limits.calls),
    ...raised('minutes', limits.minutes),
    ...(limits.repeats < 20 ? raised('repeats', limits.repeats) : []),
  )
  if (limits.resultBytes !== undefined)
    more.push({ path: [...path, 'limits', 'resultBytes'], value: undefined, what: 'there is no limit `resultBytes`' })
  for (const [tool, rate] of Object.entries(limits.rates)) {
    const [calls, window] = rate.split('/') as [string, string]
    more.push(
      {
        path: [...path, 'limits', 'rates', tool],
        value: `${Number(calls) + 1}/${window}`,
        what: `the rate of \`${tool}\` is one call more than ${rate}`,
      },
      { path: [...path, 'limits', 'rates', tool], value: undefined, what: `\`${tool}\` has no rate` },
    )
  }
  return more
}

function frameChanges(path: YamlPath, name: string, frame: FrameDeclaration, held: HeldBySchema = nothingHeld): Change[] {
  const dropped: Change = { path, value: undefined, what: `${name} has no frame` }
  if (!isJsonObject(frame)) return [dropped]
  const declared = frame as FrameConstraints
  const { in: allowed, range, domain, path: root, prefix, pattern, fields } = declared
  const more: Change[] =
    allowed !== undefined && Object.keys(declared).length === 1 && held.required && held.within(allowed) ? [] : [dropped]
  const widen = (key: keyof FrameConstraints, value: unknown, what: string): void =>
    void more.push({ path: [...path, key], value, what: `${name} ${what}` })
  if (declared.optional !== true && !held.required) widen('optional', true, 'may be left out')
  if (allowed !== undefined && !held.refuses(attackerMail)) widen('in', [...allowed, attackerMail], "may be the attacker's address too")
  for (const host of hostsIn(allowed ?? [])) {
    const { in: _, ...others } = declared
    more.push({ path, value: { ...others, domain: host }, what: `${name} may be anybody at \`${host}\`` })
  }
  if (range !== undefined) {
    const bounds = Array.isArray(range)
      ? { min: (range as readonly unknown[])[0], max: (range as readonly unknown[])[1] }
      : (range as { min?: unknown; max?: unknown })
    if (typeof bounds.min === 'number' && held.minimum < bounds.min)
      widen('range', { ...bounds, min: bounds.min - 1 }, `may be ${bounds.min - 1}`)
    if (typeof bounds.max === 'number' && held.maximum > bounds.max)
      widen('range', { ...bounds, max: bounds.max + 1 }, `may be ${bounds.max + 1}`)
  }
  if (domain !== undefined) {
    const domains = [domain].flat()
    widen('domain', [...domains, 'evil.example'], "may lead to the attacker's host too")
    for (const one of domains) if (!/^[*$]/.test(one)) widen('domain', [...domains, `*.${one}`], `may lead below \`${one}\` too`)
  }
  if (root !== undefined) widen('path', `${root}/..`, 'may be in the folder above')
  if (prefix !== undefined && !prefix.startsWith('$') && prefix.length > 1)
    widen('prefix', prefix.slice(0, -1), 'has a prefix that is a letter shorter')
  if (pattern !== undefined) widen('pattern', `(?s:${pattern}).?`, 'may have a letter more than its pattern')
  for (const [field, inner] of Object.entries(fields ?? {}))
    more.push(...frameChanges([...path, 'fields', field], `\`${field}\` in ${name}`, inner))
  return more
}

/** The hosts of the addresses among values. */
function hostsIn(values: readonly unknown[]): string[] {
  return [...new Set(values.flatMap((value) => (typeof value === 'string' ? (/^[^@\s]+@([A-Za-z0-9.-]+)$/.exec(value)?.[1] ?? []) : [])))]
}

function labelChanges(ruleset: Ruleset): Change[] {
  const { tools, goals } = ruleset
  if (!readsLabels(ruleset)) return []
  const used = new Set([...goals.values()].flatMap((goal) => [...goal.contract.keys()]))
  return [...tools.values()].flatMap(({ key, toolbox, name, declaration }) =>
    used.has(key)
      ? declaration.labels.map((label, index) => ({
          path: ['toolboxes', toolbox, 'tools', name, 'labels', index],
          value: undefined,
          what: `results of \`${key}\` do not carry \`${label}\``,
        }))
      : [],
  )
}

/** Whether anything that decides, or judges decisions, looks at labels. */
function readsLabels({ manifest, policyRules }: Ruleset): boolean {
  return [...policyRules.values()]
    .map(({ json }) => json)
    .concat([manifest.facts, manifest.invariants ?? null] as never)
    .some((one) => JSON.stringify(one ?? null).includes('"labels"'))
}

/** In RE2: no character at all, of which there must be one. */
const matchesNothing = '[^\\x00-\\x{10FFFF}]'

function patternChanges({ manifest, policyRules }: Ruleset): Change[] {
  const used = new Set([...policyRules.values()].flatMap(({ redactions }) => redactions.map(({ kind }) => kind)))
  return Object.entries(manifest.patterns ?? {}).flatMap(([name, pattern]): Change[] => {
    if (!used.has(name)) return []
    const path = ['patterns', name]
    const alternatives = alternativesOf(pattern)
    const fewer = alternatives.length === 1 ? [] : alternatives
    return [
      { path, value: matchesNothing, what: `the pattern \`${name}\` finds nothing` },
      { path, value: undefined, what: `there is no pattern \`${name}\`` },
      ...fewer.map((left, index) => ({
        path,
        value: alternatives.filter((_, other) => other !== index).join('|'),
        what: `the pattern \`${name}\` no longer finds \`${left}\``,
      })),
    ]
  })
}
