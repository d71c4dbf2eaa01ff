import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { cases, checks, shapeCase, sizes } from './cedar/rules.ts'
import type { Case } from './cedar/rules.ts'
import type { Loaded, Subject } from './cedar/subject.ts'
import { subjects } from './cedar/subjects.ts'
import { quantile, sample } from './measurement.ts'
import type { Bench } from './measurement.ts'

type Report = Parameters<Bench>[0]

/**
 * Compares compiled policies with the official build and with two other engines on equal rules. What an engine cannot express,
 * or answers otherwise than we do, is said on the standard error and not measured.
 */
export const cedarBench: Bench = async (report) => {
  for (const one of cases()) {
    let expected: readonly string[] | null = null
    let ours = 0
    for (const subject of subjects) {
      const reason = subject.cannot(one)
      if (reason !== null) {
        process.stderr.write(`${one.name}: ${subject.name} is left out: ${reason}\n`)
        continue
      }
      const start = performance.now()
      const loaded = await subject.load(one)
      report({ case: one.name, subject: subject.name, metric: 'load', unit: 'ms', value: performance.now() - start })
      const answers = answersOf(one, loaded)
      expected ??= answers
      if (!areEqual(one, subject, expected, answers)) continue
      const median = measure(one, subject, loaded, report)
      if (subject === subjects[0]) ours = median
      else report({ case: one.name, subject: subject.name, metric: 'over bailiwick', unit: '×', value: median / ours })
    }
  }
  for (const count of sizes)
    for (const subject of subjects) {
      const value = heldMemory(subject, count) / 1024
      report({ case: shapeCase(memoryShape, count).name, subject: subject.name, metric: 'memory held', unit: 'KiB', value })
    }
}

const memoryShape = 'one action concerned'

/** In a process of its own, where nothing else is on the heap and the collector can be forced. */
function heldMemory(subject: Subject, count: number): number {
  const script = fileURLToPath(new URL('cedar/held-memory.ts', import.meta.url))
  const args = ['--expose-gc', '--conditions=@bailiwick/source', script, subject.name, memoryShape, `${count}`]
  const run = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'inherit'] })
  if (run.status !== 0) throw new Error(`measuring the memory of ${subject.name} failed`)
  return Number(run.stdout)
}

function measure(one: Case, subject: Subject, loaded: Loaded, report: Report): number {
  const questions = one.asks.map((ask) => loaded(ask))
  const times = sample((index) => questions[index % questions.length]?.decide())
  const [median, p99] = [quantile(times, 0.5), quantile(times, 0.99)]
  report({ case: one.name, subject: subject.name, metric: 'median', unit: 'µs', value: median })
  report({ case: one.name, subject: subject.name, metric: 'p99', unit: 'µs', value: p99 })
  return median
}

/** Each answer as a text: the decision, and the determining rules where the engine tells them. */
function answersOf(one: Case, loaded: Loaded): string[] {
  return checks(one).map((ask) => {
    const { allowed, reasons } = loaded(ask).verdict()
    return allowed ? `allow ${reasons?.toSorted().join() ?? ''}`.trim() : 'deny'
  })
}

/** Whether a peer answers as we do. The official build must; another that does not is reported. */
function areEqual(one: Case, subject: Subject, ours: readonly string[], theirs: readonly string[]): boolean {
  const differs = ours.findIndex((answer, index) => {
    const other = theirs[index] as string
    return other === 'allow' ? !answer.startsWith('allow') : other !== answer
  })
  if (differs === -1) return true
  const shown = (answers: readonly string[]): string | undefined => answers[differs]?.slice(0, 60)
  const problem = `${one.name}: ${subject.name} answers \`${shown(theirs)}\` where we answer \`${shown(ours)}\`: ${JSON.stringify(checks(one)[differs])}`
  if (subject.name === 'cedar-wasm') throw new Error(problem)
  process.stderr.write(`${problem}; it is not measured\n`)
  return false
}
