import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { GovernedSession } from '../../src/enforce/governed-session.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { runCli } from '../cli/run-cli.ts'
import { inbox } from './inbox.ts'

interface Written {
  readonly cases: readonly { readonly kind: string; readonly name: string }[]
  readonly underTest: { readonly script: readonly { readonly call: string }[] }
}

test('A new suite has a case of each kind that fits, passes `check`, and passes.', async () => {
  const { folder } = inbox()
  const written = await runCli(['new', 'suite', 'letters'], { cwd: folder })
  expect(`${written.code} ${written.stderr}`).toBe('0 ')
  const text = readFileSync(join(folder, 'suites/letters.yaml'), 'utf8')
  const { cases, underTest } = parse(text) as Written
  expect(cases.map(({ kind }) => kind)).toEqual(['correctness', 'safety', 'privacy', 'policy'])
  expect(underTest.script.map(({ call }) => call)).toContain('mail.send')
  expect(text).toMatch(/^# The agent under test stands in `underTest`/)
  expect((await runCli(['check'], { cwd: folder })).code).toBe(0)
  const run = await runCli(['eval'], { cwd: folder })
  expect(`${run.code} ${run.stderr} ${run.stdout}`).toMatch(/^0  [\s\S]*ok 4 passed, 0 failed/)
})

test('A new suite does not overwrite one, and says which agent or goal it wants where there are several.', async () => {
  const { folder } = inbox({ 'suites/letters.yaml': '' })
  expect((await runCli(['new', 'suite', 'letters'], { cwd: folder })).stderr).toContain('exists already')
  expect((await runCli(['new', 'suite', 'more', '--goal', 'nothing'], { cwd: folder })).code).toBe(2)
  expect((await runCli(['new', 'suite', '../more'], { cwd: folder })).code).toBe(2)
})

test('A session becomes a suite that plays it again: its calls, its results, its answers.', async () => {
  const { folder, manifest } = inbox()
  const installation = await openInstallation({ manifest, state: null }, () => {})
  const { runtime, token } = installation
  const session = await runtime.sessions.open(runtime.rules.current, {
    agent: 'clerk',
    goal: 'answer-letters',
    params: { folder: 'today' },
    person: 'ann',
    request: 'Answer.',
  })
  const governed = await GovernedSession.open(runtime, session)
  const credential = await token(session, 60_000)
  const perform = (tool: string, args: Record<string, string>, result: Record<string, unknown>) =>
    governed.perform({
      point: 'test',
      tool,
      arguments: args,
      livePin: async (ruleset) => ruleset.tools.get(tool)?.pin ?? null,
      local: true,
      credential: () => runtime.authority.verify(credential),
      signal: new AbortController().signal,
      onWaiting: async () => {},
      run: async () => ({ status: 'ok', error: null, value: null, recorded: { content: [], structuredContent: result }, bytes: 1 }),
    })
  await perform('mail.list', { folder: 'today' }, { letters: [{ from: 'bob@corp.example', text: 'What $ign?' }] })
  await perform('mail.list', { folder: 'other' }, {})
  await perform('people.find', { name: 'Bob' }, { mail: 'bob@corp.example', phone: '-' })
  await governed.close()
  await installation.close()

  const written = await runCli(['new', 'suite', 'again', '--from', session.id], { cwd: folder })
  expect(`${written.code} ${written.stderr}`).toBe('0 ')
  const { underTest, cases } = parse(readFileSync(join(folder, 'suites/again.yaml'), 'utf8')) as Written
  expect(underTest.script.map(({ call }) => call)).toEqual(['mail.list', 'mail.list', 'people.find'])
  expect(cases[0]).toMatchObject({
    expect: {
      decisions: [
        { tool: 'mail.list', which: 'first', response: 'allow' },
        { tool: 'people.find', response: 'sanitize' },
      ],
    },
  })
  const played = await runCli(['eval'], { cwd: folder })
  expect(`${played.code} ${played.stdout}`).toMatch(/^0 [\s\S]*ok 1 passed/)
})
