import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'

const commands = [
  'init',
  'check',
  'pin',
  'mcp',
  'up',
  'sessions',
  'people',
  'login',
  'logout',
  'approvals',
  'approve',
  'deny',
  'log',
  'replay',
  'dev',
  'new',
  'inventory',
  'risk',
  'threats',
  'redteam',
  'fuzz',
  'doctor',
]
const inner = [
  'new policy',
  'new goal',
  'sessions open',
  'sessions delegate',
  'sessions pause',
  'sessions resume',
  'sessions revoke',
  'sessions close',
  'people add',
  'people token',
  'log list',
  'log show',
  'log verify',
  'log prove',
]

test('Each command explains itself and exits with 0.', async () => {
  const cwd = folderWith()
  const all = ['', ...commands, ...inner]
  const results: string[] = []
  for (let from = 0; from < all.length; from += 3)
    results.push(
      ...(await Promise.all(
        all.slice(from, from + 3).map(async (name) => {
          const { code, stdout, stderr } = await runCli([...name.split(' ').filter((word) => word !== ''), '--help'], { cwd })
          return `${name} ${code} ${stdout.startsWith(`Usage: bailiwick${name === '' ? '' : ` ${name}`}`)} ${stderr === ''}`
        }),
      )),
    )
  expect(results).toEqual(all.map((name) => `${name} 0 true true`))
})

test('The help of the program names every command.', async () => {
  const { stdout } = await runCli(['--help'], { cwd: folderWith() })
  for (const name of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'))
})

test('An unknown command or option, or an option that is missing, exits with 2 and says so on standard error.', async () => {
  const cwd = folderWith()
  const [command, option, missing] = await Promise.all([
    runCli(['chek'], { cwd }),
    runCli(['check', '--loud'], { cwd }),
    runCli(['mcp', '--agent', 'a'], { cwd }),
  ])
  expect(command).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown command 'chek'") as string })
  expect(option).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("unknown option '--loud'") as string })
  expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--goal') as string })
})
