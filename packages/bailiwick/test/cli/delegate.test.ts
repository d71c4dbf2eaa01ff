import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import type { CliResult } from './run-cli.ts'

/** Nothing in it needs a pin. */
const manifest = `
trustDomain: corp.example
agents:
  boss: { owner: ann, goals: [letters], delegates: [clerk] }
  clerk: { owner: ann, goals: [letters], delegatedOnly: true }
toolboxes:
  notes:
    mcp: { command: node }
    tools: { resources/read: { effect: read } }
goals:
  letters:
    params: { team: { type: string } }
    tools: { notes.resources/read: { uri: { prefix: 'notes://' } } }
    limits: { calls: 10, minutes: 60 }
`

test('A key that was revoked cuts what was handed on from a session that was opened with it, and from that in turn.', async () => {
  const cwd = folderWith({
    'bailiwick.yaml': manifest.replace(
      'clerk: { owner: ann, goals: [letters],',
      'temp: { owner: ann, goals: [letters] }\n  clerk: { owner: ann, goals: [letters], delegates: [temp],',
    ),
  })
  const run = (...args: string[]): Promise<CliResult> => runCli(args, { cwd })
  const json = async (...args: string[]): Promise<{ session: { id: string; lineage: { kind: string; id: string }[] } }> =>
    JSON.parse((await run(...args, '--json')).stdout) as never
  const { session: root } = await json('sessions', 'open', '--goal', 'letters', '--param', 'team=sales', '--agent', 'boss')
  const delegate = (from: string, agent: string): string[] => [
    'sessions',
    'delegate',
    '--session',
    from,
    '--agent',
    agent,
    '--tool',
    'notes.resources/read',
  ]
  const { session: clerk } = await json(...delegate(root.id, 'clerk'))
  const { session: temp } = await json(...delegate(clerk.id, 'temp'))
  const keysIn = (session: typeof root): string[] => session.lineage.filter(({ kind }) => kind === 'key').map(({ id }) => id)
  expect([keysIn(root), keysIn(clerk), keysIn(temp)].map(({ length }) => length)).toEqual([1, 2, 3])
  expect(keysIn(temp).slice(0, 2)).toEqual(keysIn(clerk))
  const [key = ''] = keysIn(root)
  await run('revoke', 'key', key, '--because', 'it was lost')
  expect(await run(...delegate(clerk.id, 'temp'))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`the key \`${key}\` was revoked`),
  })
})

test('`sessions delegate` opens a session by part of another and prints its token; the lists show whose it is.', async () => {
  const cwd = folderWith({ 'bailiwick.yaml': manifest })
  const run = (...args: string[]): Promise<CliResult> => runCli(args, { cwd })
  const json = async (...args: string[]): Promise<never> => {
    const { code, stdout, stderr } = await run(...args, '--json')
    expect({ code, stderr, stdout }).toMatchObject({ code: 0 })
    return JSON.parse(stdout) as never
  }
  const open = ['sessions', 'open', '--goal', 'letters', '--param', 'team=sales']
  const { session: root } = (await json(...open, '--agent', 'boss')) as { session: { id: string } }
  const delegate = ['sessions', 'delegate', '--session', root.id, '--agent', 'clerk', '--tool', 'notes.resources/read']
  const made = (await json(
    ...delegate,
    '--frame',
    'notes.resources/read:uri={ prefix: "notes://public/" }',
    '--limit',
    'calls=3',
    '--limit',
    'resultBytes=1KB',
    '--lifetime',
    '5m',
    '--request',
    'read the public notes',
  )) as { session: { id: string; delegation: object }; token: string }
  expect(made.token.split('.')).toHaveLength(3)
  expect(made.session).toMatchObject({
    agent: 'clerk',
    goal: 'letters',
    params: { team: 'sales' },
    delegation: {
      parent: root.id,
      part: {
        tools: { 'notes.resources/read': { frames: { uri: { prefix: 'notes://public/' } } } },
        limits: { calls: 3, resultBytes: 1000 },
      },
    },
  })
  const list = await run('sessions')
  expect(list.stdout).toContain(`└ ${made.session.id}`)
  expect(list.stdout.indexOf(root.id)).toBeLessThan(list.stdout.indexOf(made.session.id))
  const inventory = (await json('inventory', '--home', cwd)) as { delegated: object[] }
  expect(inventory.delegated).toMatchObject([{ session: made.session.id, agent: 'clerk', parent: root.id, from: 'boss', state: 'active' }])
  const wider = await run(...delegate, '--frame', 'notes.resources/read:uri={ prefix: "note" }')
  expect(wider).toMatchObject({ code: 2, stderr: expect.stringContaining('frames of `notes.resources/read`: `uri`') })
  for (const wrong of [
    ['--limit', 'calls=many'],
    ['--frame', 'uri=1'],
    ['--frame', 'notes.resources/read:uri={'],
    ['--frame', 'mail.send:to=x'],
    ['--lifetime', 'long'],
  ])
    expect(await run(...delegate, ...wrong)).toMatchObject({ code: 2 })
  expect(await run(...open, '--agent', 'clerk')).toMatchObject({ code: 2, stderr: expect.stringContaining('DELEGATION_REFUSED') })
  expect(await run('log', 'verify')).toMatchObject({ code: 0 })
})
