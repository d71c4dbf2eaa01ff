import { folderlessTexts } from './texts.ts'
import type { RulesetTexts } from '../../src/model/load-ruleset.ts'

/** What differs from an agent with every kind of tool and nothing that bounds it. */
export interface OpsOptions {
  readonly agent?: string
  readonly contract?: Readonly<Record<string, string>>
  readonly limits?: string
  readonly confirm?: readonly string[]
  readonly policies?: Readonly<Record<string, string>>
  readonly facts?: string
}

/** Each tool with what the manifest says of it. */
export const opsTools: Readonly<Record<string, string>> = {
  'in.mail': '{ effect: read, labels: [untrusted, pii] }',
  'in.vault': '{ effect: read, labels: [secret] }',
  'in.page': '{ effect: read, sinks: { url: url } }',
  'box.save': '{ effect: write, sinks: { path: path, body: content } }',
  'box.run': '{ effect: write, sinks: { command: command } }',
  'out.send': '{ effect: external, sinks: { to: recipient, body: content } }',
  'out.drop': '{ effect: destructive, undo: out.restore }',
  'out.restore': '{ effect: write }',
  'out.burn': '{ effect: destructive }',
}

const argumentsOf: Readonly<Record<string, readonly string[]>> = {
  'in.page': ['url'],
  'box.save': ['path', 'body'],
  'box.run': ['command'],
  'out.send': ['to', 'body'],
}

/** An installation with one agent `ops`, one goal `work` and the tools of {@link opsTools}, with nothing that bounds them unless said so. */
export function ops(options: OpsOptions = {}): RulesetTexts {
  const contract = options.contract ?? Object.fromEntries(Object.keys(opsTools).map((tool) => [tool, '{}']))
  const boxes = [...new Set(Object.keys(opsTools).map((key) => key.split('.')[0] as string))]
  const manifest = [
    'trustDomain: corp.example',
    'agents:',
    `  ops: { owner: ops@corp.example, goals: [work]${options.agent === undefined ? '' : `, ${options.agent}`} }`,
    'toolboxes:',
    ...boxes.flatMap((box) => [
      `  ${box}:`,
      '    mcp: { command: node }',
      '    tools:',
      ...Object.entries(opsTools)
        .filter(([key]) => key.startsWith(`${box}.`))
        .map(([key, tool]) => `      ${key.split('.')[1]}: ${tool}`),
    ]),
    'goals:',
    '  work:',
    '    # What it may do.',
    '    tools:',
    ...Object.entries(contract).map(([tool, frames]) => `      ${tool}: ${frames}`),
    ...(options.limits === undefined ? [] : [`    limits: ${options.limits}`]),
    ...(options.confirm === undefined || options.confirm.length === 0 ? [] : [`    confirm: [${options.confirm.join(', ')}]`]),
    ...(options.facts === undefined ? [] : [`facts: ${options.facts}`]),
    '',
  ].join('\n')
  return folderlessTexts(manifest, options.policies ?? {}, argumentsOf)
}
