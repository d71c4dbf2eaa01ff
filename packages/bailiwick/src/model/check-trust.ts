import type { Diagnostic } from './diagnostic.ts'
import type { Manifest } from './manifest.ts'
import { allowedValues } from './trust.ts'
import type { TrustDeclaration, WorkloadRule } from './trust.ts'
import type { YamlPath, YamlSource } from './yaml-source.ts'

/**
 * Issuers whose tokens anybody can have, with the claims of which one must be given: each says whose the workload is. That a
 * branch is called `main` is true of everybody's. Nor does `job_workflow_ref` say it: a public workflow can be called by anyone.
 */
const sharedIssuers: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'https://token.actions.githubusercontent.com',
    ['sub', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'enterprise', 'enterprise_id'],
  ],
  ['https://gitlab.com', ['sub', 'project_path', 'project_id', 'namespace_path', 'namespace_id']],
  ['https://accounts.google.com', ['sub', 'email']],
  ['https://agent.buildkite.com', ['sub', 'organization_slug', 'organization_id', 'pipeline_id']],
  ['https://app.terraform.io', ['sub', 'terraform_organization_id', 'terraform_organization_name', 'terraform_workspace_id']],
])

/** What a section `trust` of the right form would let in that it does not say, and agents that nothing declares. */
export function trustFindings(yaml: YamlSource, { trust, agents }: Manifest): Diagnostic[] {
  if (trust === undefined) return []
  return [
    ...trust.workloads.flatMap((rule, index) => ruleFindings(yaml, trust, rule, index, new Set(Object.keys(agents)))),
    ...sharedKeys(yaml, trust),
    ...overlaps(yaml, trust.workloads),
    ...sharedTransmitters(yaml, trust),
  ]
}

function ruleFindings(
  yaml: YamlSource,
  { people, workloads }: TrustDeclaration,
  rule: WorkloadRule,
  index: number,
  agents: ReadonlySet<string>,
): Diagnostic[] {
  const at = (key: string): YamlPath => ['trust', 'workloads', index, key]
  const owners = sharedIssuers.get(rule.issuer)
  const found: Diagnostic[] = []
  if (!agents.has(rule.agent))
    found.push(
      yaml.finding(
        'MANIFEST_REFERENCE',
        at('agent'),
        `a workload is taken for the agent \`${rule.agent}\`, which is not declared`,
        'declare it under `agents`, or correct the name',
      ),
    )
  if (owners !== undefined && !owners.some((claim) => Object.hasOwn(rule.claims, claim)))
    found.push(
      yaml.finding(
        'TRUST_RULE',
        at('claims'),
        `tokens of \`${rule.issuer}\` are for everybody, and no claim says whose workload it is`,
        `give one of ${owners.map((claim) => `\`${claim}\``).join(', ')}`,
      ),
    )
  if (people !== undefined && people.issuer === rule.issuer && people.clientId === rule.audience)
    found.push(
      yaml.finding(
        'TRUST_RULE',
        at('audience'),
        'the audience is that of the ID tokens of people, who would be taken for workloads',
        'give workloads an audience of their own',
      ),
    )
  const first = workloads.find(({ issuer }) => issuer === rule.issuer)
  if (first?.jwks !== rule.jwks)
    found.push(
      yaml.finding(
        'TRUST_RULE',
        at('issuer'),
        `the keys of \`${rule.issuer}\` come from elsewhere in another rule`,
        'give every rule of an issuer the same `jwks`, or none',
      ),
    )
  return found
}

/** People who cannot be told from each other, by their keys or by their names. */
function sharedKeys(yaml: YamlSource, { people }: TrustDeclaration): Diagnostic[] {
  const keys = Object.entries(people?.keys ?? {})
  return keys.flatMap(([name, key], index) => {
    const path = ['trust', 'people', 'keys', name]
    const alike = keys.slice(0, index).find(([earlier]) => earlier.toLowerCase() === name.toLowerCase())
    if (alike !== undefined)
      return [
        yaml.finding('TRUST_RULE', path, `\`${alike[0]}\` and \`${name}\` differ in capitals only`, 'give each a name of their own', 'key'),
      ]
    const other = keys.slice(0, index).find(([, earlier]) => earlier === key)
    if (other === undefined) return []
    const message = `\`${other[0]}\` and \`${name}\` have one key, so neither can be told from the other`
    return [yaml.finding('TRUST_RULE', path, message, 'make each a key with `bailiwick people add`')]
  })
}

/** Rules for different agents that one token can fit, which is then refused. */
function overlaps(yaml: YamlSource, rules: readonly WorkloadRule[]): Diagnostic[] {
  return rules.flatMap((rule, index) => {
    const other = rules.slice(0, index).find((earlier) => earlier.agent !== rule.agent && canBothFit(earlier, rule))
    if (other === undefined) return []
    const message = `a token can fit this rule and another, for the agents \`${rule.agent}\` and \`${other.agent}\`; such a token is refused`
    const mend = 'give both rules one claim with different values'
    return [yaml.finding('TRUST_RULE', ['trust', 'workloads', index], message, mend, 'value', 'warning')]
  })
}

/** Transmitters whose events could be taken in two ways. */
function sharedTransmitters(yaml: YamlSource, { people, events = [] }: TrustDeclaration): Diagnostic[] {
  return events.flatMap(({ issuer }, index) => {
    const twice = people?.issuer === issuer || events.findIndex((one) => one.issuer === issuer) !== index
    if (!twice) return []
    const message = `events of \`${issuer}\` are taken already`
    return [yaml.finding('TRUST_RULE', ['trust', 'events', index, 'issuer'], message, 'name each issuer once in `people` and `events`')]
  })
}

function canBothFit(one: WorkloadRule, other: WorkloadRule): boolean {
  if (one.issuer !== other.issuer || one.audience !== other.audience) return false
  return Object.entries(one.claims).every(([claim, expected]) => {
    const others = Object.hasOwn(other.claims, claim) ? other.claims[claim] : undefined
    return others === undefined || allowedValues(expected).some((value) => allowedValues(others).includes(value))
  })
}
