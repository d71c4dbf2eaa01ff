/** A check for a report: it passed, it failed with what was found, or it was left out. */
export interface ReportedCheck {
  readonly suite: string
  readonly name: string
  /** What is wrong, one text for each finding; empty when it passed. */
  readonly failures: readonly string[]
  /** It could not be carried out: why. */
  readonly error?: string
  /** Left out, or of advice only: why. */
  readonly skipped?: string
  /** How long it took, in milliseconds. */
  readonly duration?: number
}

/** JUnit XML, as CI systems read it. Every text is escaped; what XML cannot carry at all becomes U+FFFD. */
export function junitXml(checks: readonly ReportedCheck[]): string {
  const suites = Map.groupBy(checks, (check) => check.suite)
  const lines = [...suites].map(([name, inSuite]) => {
    const failures = inSuite.filter((check) => check.failures.length > 0).length
    const errors = inSuite.filter((check) => check.error !== undefined).length
    const skipped = inSuite.filter((check) => check.skipped !== undefined).length
    const cases = inSuite.map((check) => caseXml(name, check)).join('\n')
    return `  <testsuite name="${escaped(name)}" tests="${inSuite.length}" failures="${failures}" errors="${errors}" skipped="${skipped}">\n${cases}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bailiwick">\n${lines.join('\n')}\n</testsuites>\n`
}

function caseXml(suite: string, { name, failures, error, skipped, duration }: ReportedCheck): string {
  const time = duration === undefined ? '' : ` time="${(duration / 1000).toFixed(3)}"`
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"${time}`
  const inner = [
    ...failures.map((text) => `      <failure message="${escaped(text.split('\n')[0] ?? '')}">${escaped(text)}</failure>`),
    ...(error === undefined ? [] : [`      <error message="${escaped(error.split('\n')[0] ?? '')}">${escaped(error)}</error>`]),
    ...(skipped === undefined ? [] : [`      <skipped message="${escaped(skipped)}"/>`]),
  ]
  return inner.length === 0 ? `${open}/>` : `${open}>\n${inner.join('\n')}\n    </testcase>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\n': '&#10;' }

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\n\x20-\x7e\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]|\p{Cf}/gu, '\ufffd')
    .replaceAll(/[&<>"'\n]/g, (sign) => entities[sign] as string)
}
