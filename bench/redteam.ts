import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Lab } from '../packages/bailiwick/src/evals/lab/lab.ts'
import { redTeam } from '../packages/bailiwick/src/evals/redteam/red-team.ts'
import { compileRuleset } from '../packages/bailiwick/src/model/compile-ruleset.ts'
import { readSources } from '../packages/bailiwick/src/model/load-ruleset.ts'
import type { Bench } from './measurement.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const cli = join(root, 'packages/bailiwick/src/cli/main.ts')
/** Milliseconds of random walks for each example. */
const walking = 5000

/** The red team and the suites of the examples: calls tried a minute, how long the whole gate takes, and how many weakenings of the rules are noticed. */
export const redteamBench: Bench = async (report) => {
  let gate = 0
  for (const manifest of globSync('examples/*/bailiwick.yaml', { cwd: root }).sort()) {
    const path = join(root, manifest)
    const name = basename(dirname(path))
    report({ case: name, subject: 'bailiwick', metric: 'attempts', unit: '/min', value: attemptsAMinute(path) })
    const scratch = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'))
    const kept = join(dirname(path), 'suites', 'redteam')
    const suites = existsSync(kept) ? kept : scratch
    try {
      if (suites === scratch) await run(['redteam', '--record', '-m', path, '--suites', suites])
      const start = performance.now()
      // The two halves of the gate, each on a core of its own.
      const [{ attacked, evaluated }, mutated] = await Promise.all([
        attackedAndEvaluated(path, suites),
        run(['fuzz', '--mutate', '--json', '--time', '10m', '-m', path, '--suites', suites]),
      ])
      const seconds = (performance.now() - start) / 1000
      gate += seconds
      const { findings } = JSON.parse(attacked) as { readonly findings: readonly unknown[] }
      const { rate, tried } = JSON.parse(mutated) as { readonly rate: number; readonly tried: number }
      report({ case: name, subject: 'bailiwick', metric: 'gate', unit: 's', value: seconds })
      if (evaluated !== null) {
        const { cases, duration } = JSON.parse(evaluated) as {
          readonly cases: readonly { readonly status: string }[]
          readonly duration: number
        }
        report({ case: name, subject: 'bailiwick', metric: 'suites', unit: 's', value: duration / 1000 })
        report({
          case: name,
          subject: 'bailiwick',
          metric: 'cases passed',
          unit: '',
          value: cases.filter(({ status }) => status === 'passed').length,
        })
      }
      report({ case: name, subject: 'bailiwick', metric: 'findings', unit: '', value: findings.length })
      report({ case: name, subject: 'bailiwick', metric: 'weakenings', unit: '', value: tried })
      report({ case: name, subject: 'bailiwick', metric: 'noticed', unit: '%', value: rate })
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  }
  report({ case: 'all examples', subject: 'bailiwick', metric: 'gate', unit: 's', value: gate })
}

async function attackedAndEvaluated(
  manifest: string,
  suites: string,
): Promise<{ readonly attacked: string; readonly evaluated: string | null }> {
  const attacked = await run(['redteam', '--json', '--no-save', '-m', manifest, '--suites', suites])
  const own = globSync('suites/*.yaml', { cwd: dirname(manifest) })
  return { attacked, evaluated: own.length === 0 ? null : await run(['eval', '--json', '-m', manifest]) }
}

/** On one core; the walks of two goals do not wait for each other, so that two cores try twice as many. */
function attemptsAMinute(manifest: string): number {
  const { sources } = readSources(manifest)
  const ruleset = sources === null ? null : compileRuleset(sources).ruleset
  if (sources === null || ruleset === null) throw new Error(`${manifest} does not pass \`bailiwick check\``)
  const start = performance.now()
  const options = { seed: 1, walks: 100_000_000, goals: [], overtime: () => performance.now() > start + walking }
  const { attempts } = redTeam(new Lab(ruleset), sources.yaml, options)
  return (attempts / (performance.now() - start)) * 60_000
}

/** What a command prints, whether its answer is yes or no. */
function run(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--conditions=@bailiwick/source', cli, ...args],
      { maxBuffer: 1 << 28, timeout: 900_000 },
      (error, stdout, stderr) => {
        if (error !== null && error.code !== 1) reject(new Error(`bailiwick ${args[0] ?? ''}: ${stderr}`))
        else resolve(stdout)
      },
    )
  })
}
