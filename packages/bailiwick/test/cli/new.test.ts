import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { withGoal } from '../../src/cli/new/with-goal.ts'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

test('A new policy passes check, forbids the tool it is about, and replaces none that is there.', async () => {
  const cwd = folderWith(installationFiles)
  expect(await runCli(['new', 'policy', 'careful', '--tool', 'mail.read'], { cwd })).toMatchObject({
    code: 0,
    stdout: 'written policies/careful.cedar\n',
  })
  expect(readFileSync(join(cwd, 'policies/careful.cedar'), 'utf8')).toContain('action == Action::"mail.read"')
  expect((await runCli(['check'], { cwd })).stdout).toContain('1 policy')
  expect(await runCli(['new', 'policy', 'careful'], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining('exists already') })
  expect((await runCli(['new', 'policy', 'other'], { cwd })).code).toBe(0)
  expect(readFileSync(join(cwd, 'policies/other.cedar'), 'utf8')).toContain('action == Action::"mail.send"')
})

test('A new goal passes check, with a person before what goes outside, and nothing else is changed.', async () => {
  const cwd = folderWith(installationFiles)
  const before = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
  expect((await runCli(['new', 'goal', 'answers', '--tool', 'mail.send', '--tool', 'mail.read'], { cwd })).code).toBe(0)
  const after = readFileSync(join(cwd, 'bailiwick.yaml'), 'utf8')
  expect((parse(after) as { goals: object }).goals).toMatchObject({
    answers: { tools: { 'mail.send': {}, 'mail.read': {} }, confirm: ['mail.send'] },
  })
  expect(before.split('\n').every((line) => after.includes(line))).toBe(true)
  expect((await runCli(['check'], { cwd })).stdout).toContain('2 goals')
  expect(await runCli(['new', 'goal', 'answers', '--tool', 'mail.send'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is a goal'),
  })
  expect(await runCli(['new', 'goal', 'more', '--tool', 'mail.delete'], { cwd })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no tool'),
  })
})

test('Where a goal has no place, it is given to be written by hand.', () => {
  for (const text of ['goals: {}\n', 'goals: { a: { tools: {} } }\n', 'agents: {}\n', ''])
    expect(() => withGoal(text, 'b', ['b:', '  tools: {}'])).toThrow(/no place/)
})

test('A goal is added to any block of goals, whatever stands around it.', () => {
  const indent = fc.constantFrom(1, 2, 3, 4, 8)
  const around = fc.constantFrom('', '# a remark\n', '\n\n', 'http: { port: 1 }\n', '# goals: none\n\n')
  fc.assert(
    fc.property(indent, around, around, fc.constantFrom('\n', ''), fc.integer({ min: 1, max: 3 }), (width, before, after, last, count) => {
      const goals = Array.from(
        { length: count },
        (_, index) => `${' '.repeat(width)}g${index}:\n${' '.repeat(width * 2)}tools: {} # none`,
      ).join('\n')
      const text = `${before}goals:\n${goals}${after === '' ? last : `\n${after.replace('http', 'more')}`}`
      const edited = withGoal(text, 'new', ['new:', '  tools:', '    a.b: {} # read'])
      const old = parse(text) as { goals: object }
      expect(parse(edited)).toEqual({ ...old, goals: { ...old.goals, new: { tools: { 'a.b': {} } } } })
    }),
  )
})
