// `npm run check`: everything about the code that can be judged without running it. Every step runs; the exit code is 1 when any fails.
import { spawnSync } from 'node:child_process'

const packages = ['packages/cedar', 'packages/tlog', 'packages/bailiwick']

const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format', 'oxfmt', '--check', '.'],
  ['types', 'tsc', '-b'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings', '.'],
  ['unused code', 'knip'],
  ...packages.map((folder) => [`package ${folder}`, 'publint', '--strict', folder] as const),
  ...packages.map((folder) => [`types of ${folder}`, 'attw', '--pack', folder, '--profile', 'esm-only'] as const),
  ['layers', 'vitest', 'run', 'packages/bailiwick/test/architecture'],
]

let failed = 0
for (const [name, command, ...args] of steps) {
  const start = performance.now()
  const run = spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' })
  const ok = run.status === 0
  console.log(`${ok ? '✓' : '✗'} ${name.padEnd(28)} ${((performance.now() - start) / 1000).toFixed(1)} s`)
  if (ok) continue
  failed += 1
  console.log([run.error?.message, run.stdout, run.stderr].filter(Boolean).join('\n').split('\n').slice(-200).join('\n'))
}
console.log(failed === 0 ? 'all checks pass' : `${failed} of ${steps.length} checks fail`)
process.exitCode = failed === 0 ? 0 : 1
