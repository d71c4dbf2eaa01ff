import type { JsonObject } from '../../model/json.ts'
import { shownName } from '../../model/shown-name.ts'
import { honestArguments } from '../generate/honest-task.ts'
import type { Attack, Target } from './attack.ts'
import { honestStep } from './attack.ts'

/** Tools that the goal does not need, under their own names; and names that only look like those of tools. */
export function* toolAttacks(target: Target): Generator<Attack> {
  const { ruleset, goal, params } = target
  for (const tool of ruleset.tools.values()) {
    if (goal.contract.has(tool.key)) continue
    const args = honestArguments(ruleset, goal.name, tool, params) ?? {}
    yield { kind: 'outside-contract', trick: `\`${tool.key}\``, steps: [{ call: tool.key, with: args }] }
    for (const first of target.tools) {
      const step = honestStep(target, first)
      if (step !== null)
        yield { kind: 'outside-contract', trick: `\`${tool.key}\` after \`${first.key}\``, steps: [step, { call: tool.key, with: args }] }
    }
  }
  for (const tool of ruleset.tools.values()) {
    const args = target.honest.get(tool.key) ?? {}
    for (const name of names(tool.key, tool.toolbox, tool.name)) yield* named(target, name, args)
  }
  for (const name of [
    '',
    '*',
    '__proto__',
    'constructor',
    'toString',
    'tools/call',
    'bash',
    'shell.exec',
    'bailiwick.approve',
    '../../bin/sh',
    'x'.repeat(300),
  ])
    yield* named(target, name, {})
}

function* named({ goal }: Target, name: string, args: JsonObject): Generator<Attack> {
  if (!goal.contract.has(name))
    yield { kind: 'look-alike-name', trick: `the tool name ${JSON.stringify(name.slice(0, 60))}`, steps: [{ call: name, with: args }] }
}

function names(key: string, toolbox: string, name: string): string[] {
  const upper = key.toUpperCase()
  return [
    name,
    shownName(toolbox, name, 'prefixed'),
    `${toolbox}/${name}`,
    `${toolbox}:${name}`,
    upper === key ? key.toLowerCase() : upper,
    ` ${key}`,
    `${key} `,
    `${key}\0`,
    `${key}\n`,
    `${key}\u200b`,
    `${key}x`,
    key.slice(0, -1),
    `${key}.${name}`,
    `${toolbox}.${key}`,
    key.replace('.', '\u2024'),
    key.replace('.', '\uff0e'),
    key.replace('e', '\u0435'),
    key.replace('a', '\u0430'),
    key.replace('o', '\u043e'),
    key.replaceAll('_', '-'),
    encodeURIComponent(key).replaceAll('.', '%2e'),
  ].filter((other) => other !== key)
}
