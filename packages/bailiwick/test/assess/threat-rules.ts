import type { RulesetSources } from '../../src/model/compile-ruleset.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { readManifest } from '../../src/model/read-manifest.ts'
import { YamlSource } from '../../src/model/yaml-source.ts'
import { threatModel } from '../../src/assess/threats/threat-model.ts'
import type { Threat, ThreatModel, ThreatOptions } from '../../src/assess/threats/threat-model.ts'
import type { ThreatKindName } from '../../src/assess/threats/threat-kinds.ts'
import { pinned } from '../decide/ruleset-for.ts'
import type { RulesetText } from '../decide/ruleset-for.ts'

const text = { type: 'string' }

/** A schema of required texts. */
export function takes(...names: readonly string[]): JsonObject {
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, text])), required: [...names] }
}

/** The sources of a ruleset, every tool pinned. */
function sourcesFor({ manifest: yamlText, schemas = {}, policies = {}, base = '/srv/corp' }: RulesetText): RulesetSources {
  const yaml = new YamlSource('bailiwick.yaml', yamlText)
  const read = readManifest(yaml)
  if (read.manifest === null) throw new Error(read.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  const { manifest, lock } = pinned(read.manifest, schemas)
  const files = Object.entries(policies).map(([name, cedar]) => ({ name, file: `policies/${name}`, text: cedar }))
  return { yaml, manifest, lock, policies: files, base }
}

export function modelFor(rules: RulesetText, options: Partial<ThreatOptions> = {}): ThreatModel {
  const { model, diagnostics } = threatModel(sourcesFor(rules), { agents: [], assume: null, remedies: true, ...options })
  if (model === null) throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'))
  return model
}

/** The attacks of a kind. */
export function threatsOf({ threats }: ThreatModel, kind: ThreatKindName): readonly Threat[] {
  return threats.filter((threat) => threat.kind === kind)
}

/** An assistant who reads strangers' mail and the customers' data, and can send mail. */
export const trifecta: RulesetText = {
  manifest: `
trustDomain: corp.example
agents:
  assistant: { owner: desk@corp.example, goals: [answer] }
toolboxes:
  inbox: { mcp: { command: node }, tools: { read: { effect: read, labels: [untrusted] } } }
  crm: { mcp: { command: node }, tools: { customer: { effect: read, labels: [pii] } } }
  mail:
    mcp: { command: node }
    tools:
      send: { effect: external, sinks: { to: recipient, body: content } }
goals:
  answer:
    tools:
      inbox.read: {}
      crm.customer: {}
      mail.send: {}
    limits: { calls: 100 }
`,
  schemas: { 'inbox.read': takes(), 'crm.customer': takes('name'), 'mail.send': takes('to', 'body') },
}
