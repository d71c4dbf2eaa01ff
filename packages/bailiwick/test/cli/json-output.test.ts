import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles } from './written-manifest.ts'

test('With --json each command prints one JSON value on standard output and nothing else.', async () => {
  const cwd = folderWith(installationFiles)
  const opened = await runCli(['sessions', 'open', '--agent', 'clerk', '--goal', 'letters', '--json'], { cwd })
  expect(JSON.parse(opened.stdout)).toMatchObject({ session: { agent: 'clerk' }, token: expect.stringMatching(/^ey/) as string })
  const { session } = JSON.parse(opened.stdout) as { session: { id: string } }
  const commands = [
    'log list',
    'log list --all',
    `log show ${session.id}`,
    'log verify',
    'log prove 0',
    'sessions',
    `sessions pause ${session.id}`,
    'approvals',
    'risk',
    'inventory --home .',
    'check --schema',
    'check --json-schema',
  ]
  for (const words of commands) {
    const { code, stdout } = await runCli([...words.split(' '), '--json'], { cwd })
    expect(() => JSON.parse(stdout) as unknown, words).not.toThrow()
    expect(code, words).toBe(0)
  }
})

test('With --json a command line that cannot be carried out is one JSON value too.', async () => {
  const cwd = folderWith(installationFiles)
  for (const words of ['chek --json', 'mcp --json', 'sessions pause nothing --json', 'approve nothing --json']) {
    const { code, stdout } = await runCli(words.split(' '), { cwd })
    expect(code, words).toBe(2)
    expect(JSON.parse(stdout), words).toMatchObject({
      error: { code: expect.any(String) as string, message: expect.any(String) as string },
    })
  }
})
