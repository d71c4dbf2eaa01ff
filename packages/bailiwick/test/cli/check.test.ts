import { expect, test } from 'vitest'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles, manifest } from './written-manifest.ts'

interface Wrong {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  /** `file:line:column` */
  readonly place: string
  readonly code: string
  readonly message: RegExp
  readonly mend: RegExp
}

function edited(from: string, to: string): Readonly<Record<string, string>> {
  if (!manifest.includes(from)) throw new Error(`the manifest does not hold ${from}`)
  return { 'bailiwick.yaml': manifest.replace(from, to) }
}

const twoPlain = manifest
  .replace('    tools:\n', '    names: plain\n    tools:\n')
  .replace(
    / {2}mail:\n[\s\S]*?(?=goals:)/,
    (toolbox) => `${toolbox}${toolbox.replace('  mail:', '  post:').replace(/ {6}# Reads[\s\S]*/, '')}`,
  )

const wrong: readonly Wrong[] = [
  {
    what: 'an unknown key',
    files: edited('sinks: { to: recipient }', 'sink: { to: recipient }'),
    place: 'bailiwick.yaml:8:33',
    code: 'MANIFEST_UNKNOWN_KEY',
    message: /unknown key `sink` in `toolboxes\.mail\.tools\.send`/,
    mend: /correct its spelling/,
  },
  {
    what: 'a value of the wrong type',
    files: edited('owner: ops@corp.example', 'owner: 7'),
    place: 'bailiwick.yaml:3:19',
    code: 'MANIFEST_TYPE',
    message: /`agents\.clerk\.owner` has the wrong type/,
    mend: /string/,
  },
  {
    what: 'a word outside its vocabulary',
    files: edited('effect: external', 'effect: outward'),
    place: 'bailiwick.yaml:8:23',
    code: 'MANIFEST_TYPE',
    message: /`outward`/,
    mend: /`read`, `write`, `external`, `destructive`/,
  },
  {
    what: 'a reference to nothing',
    files: edited('mail.read: {}', 'mail.reed: {}'),
    place: 'bailiwick.yaml:15:59',
    code: 'MANIFEST_REFERENCE',
    message: /`mail\.reed` is not in the inventory/,
    mend: /toolboxes\.mail\.tools/,
  },
  {
    what: 'an agent whose goal is not declared',
    files: edited('goals: [letters]', 'goals: [parcels]'),
    place: 'bailiwick.yaml:3:45',
    code: 'MANIFEST_REFERENCE',
    message: /`parcels`, which is not declared/,
    mend: /declare it under `goals`/,
  },
  {
    what: 'a tool without a pin',
    files: { 'bailiwick.yaml': manifest.replace(/, pin: sha256:[0-9a-f]+/, '') },
    place: 'bailiwick.yaml:8:7',
    code: 'TOOL_UNPINNED',
    message: /`mail\.send` is not pinned/,
    mend: /bailiwick pin mail/,
  },
  {
    what: 'a duplicate key',
    files: edited('http: { port: 0 }', 'trustDomain: other.example'),
    place: 'bailiwick.yaml:16:1',
    code: 'MANIFEST_SYNTAX',
    message: /unique/i,
    mend: /mend the YAML/,
  },
  {
    what: 'two tools under one name',
    files: {
      'bailiwick.yaml': twoPlain,
      'bailiwick.lock.json': (installationFiles['bailiwick.lock.json'] as string).replace(
        /"mail": (\{[\s\S]*\n {4}\})/,
        (toolbox: string) => `${toolbox},\n${toolbox.replace('mail', 'post')}`,
      ),
    },
    place: 'bailiwick.yaml:18:7',
    code: 'MANIFEST_NAME_CLASH',
    message: /`post\.send` would be shown as `send`/,
    mend: /names: plain/,
  },
  {
    what: 'a policy that does not parse',
    files: { 'policies/a.cedar': '// first\nforbid (principal, action, resource) when { context. };\n' },
    place: 'policies/a.cedar:2:54',
    code: 'POLICY_SYNTAX',
    message: /./,
    mend: /./,
  },
  {
    what: 'a policy that does not fit the schema',
    files: {
      'policies/a.cedar': 'forbid (principal, action == Action::"mail.send", resource)\n  when { context.input.subject == "x" };\n',
    },
    place: 'policies/a.cedar:2:10',
    code: 'POLICY_INVALID',
    message: /subject/,
    mend: /./,
  },
  {
    what: 'a policy that can never apply',
    files: {
      'policies/a.cedar': '\nforbid (principal, action == Action::"mail.send", resource) when { context.input.to == "x" && false };\n',
    },
    place: 'policies/a.cedar:2:1',
    code: 'POLICY_INVALID',
    message: /impossible/i,
    mend: /./,
  },
]

test('A manifest in order passes, and says what it holds.', async () => {
  const cwd = folderWith(installationFiles)
  const [text, json] = await Promise.all([runCli(['check'], { cwd }), runCli(['check', '--json'], { cwd })])
  expect(text).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^ok .*2 tools in 1 toolbox/) as string })
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: true,
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
    diagnostics: [],
  })
})

test.each(wrong)(
  '$what is one error with its place and its mend, for people and for machines.',
  async ({ files, place, code, message, mend }) => {
    const cwd = folderWith({ ...installationFiles, ...files })
    const [text, json] = await Promise.all([runCli(['check'], { cwd }), runCli(['check', '--json'], { cwd })])
    expect(text.code).toBe(2)
    expect(text.stdout).toBe('')
    const lines = text.stderr.trimEnd().split('\n')
    expect(lines.filter((line) => line.includes(' error '))).toEqual([expect.stringContaining(`${place}: error ${code} `)])
    expect(json).toMatchObject({ code: 2, stderr: '' })
    const { ok, diagnostics } = JSON.parse(json.stdout) as { ok: boolean; diagnostics: Record<string, unknown>[] }
    expect(ok).toBe(false)
    expect(diagnostics.filter((finding) => finding['severity'] === 'error')).toHaveLength(1)
    const [finding] = diagnostics as [Record<string, unknown>]
    expect(`${String(finding['file'])}:${String(finding['line'])}:${String(finding['column'])}`).toBe(place)
    expect(finding).toMatchObject({ code, message: expect.stringMatching(message) as string, mend: expect.stringMatching(mend) as string })
  },
)

test('A manifest that is not there is an error that names `init`, as JSON too.', async () => {
  const cwd = folderWith()
  const { code, stdout } = await runCli(['check', '--json'], { cwd })
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'MANIFEST_NOT_FOUND', mend: expect.stringContaining('bailiwick init') as string },
  })
})
