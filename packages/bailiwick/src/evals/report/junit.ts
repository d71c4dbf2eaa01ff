/** A check for a report: it passed, it failed with what was found, or it was left out. */
export interface ReportedCheck {
  readonly suite: string
  readonly name: string
  /** What is wrong, one text for each finding; empty when it passed. */
  readonly failures: readonly string[]
  /** Left out, or of advice only: why. */
  readonly skipped?: string
}

/** JUnit XML, as CI systems read it. Every text is escaped; what XML cannot carry at all becomes U+FFFD. */
export function junitXml(checks: readonly ReportedCheck[]): string {
  const suites = Map.groupBy(checks, (check) => check.suite)
  const lines = [...suites].map(([name, inSuite]) => {
    const failures = inSuite.filter((check) => check.failures.length > 0).length
    const skipped = inSuite.filter((check) => check.skipped !== undefined).length
    const cases = inSuite.map((check) => caseXml(name, check)).join('\n')
    return `  <testsuite name="${escaped(name)}" tests="${inSuite.length}" failures="${failures}" skipped="${skipped}">\n${cases}\n  </testsuite>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="bailiwick">\n${lines.join('\n')}\n</testsuites>\n`
}

function caseXml(suite: string, { name, failures, skipped }: ReportedCheck): string {
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}"`
  const inner = [
    ...failures.map((text) => `      <failure message="${escaped(text.split('\n')[0] ?? '')}">${escaped(text)}</failure>`),
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
