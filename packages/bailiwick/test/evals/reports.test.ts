import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findingText, resultOf } from '../../src/cli/evals/finding-text.ts'
import { fileNameFor } from '../../src/cli/evals/suite-files.ts'
import type { Finding } from '../../src/evals/redteam/finding.ts'
import { junitXml } from '../../src/evals/report/junit.ts'
import { sarifLog } from '../../src/evals/report/sarif.ts'

const nasty = '\u001b]0;owned\u0007\u001b[2J<script>alert(1)</script>]]>&"\'\u202e\n[click](https://evil.example) \u0000'

const finding: Finding = {
  rule: 'frame',
  kind: 'argument',
  severity: 'blocking',
  trick: nasty,
  message: nasty,
  mend: nasty,
  case: {
    name: nasty,
    kind: 'attack',
    why: nasty,
    agent: nasty,
    goal: nasty,
    params: {},
    person: null,
    request: null,
    steps: [{ call: nasty, with: { [nasty]: nasty } }],
    severity: 'blocking',
    tags: [nasty],
  },
  answer: { response: 'allow', tier: 'T2', rule: nasty },
  place: { file: 'a b/../javascript:x?y#z.yaml', line: 3, column: 5 },
  count: 1,
}

test('No name or text of a tool, case or file reaches the terminal as anything but letters.', () => {
  const text = findingText(finding).replaceAll(/\u001b\[\d+m/g, '')
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/)
  // A line that an attacker begins could pass for one of ours.
  expect(text.split('\n').every((line) => !line.startsWith('[click]'))).toBe(true)
  expect(text).toContain('\\u{1b}]0;owned')
})

test('JUnit holds whatever it is given as text: nothing closes an element, and nothing is there that XML does not know.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const xml = junitXml([{ suite: text, name: `${text}${nasty}`, failures: [nasty, text] }])
      expect(xml.match(/<[^?/][^>]*>/g)?.map((tag) => tag.split(/[ >]/)[0])).toEqual([
        '<testsuites',
        '<testsuite',
        '<testcase',
        '<failure',
        '<failure',
      ])
      expect(xml).not.toMatch(/[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
    }),
  )
})

test('SARIF holds no link of an attacker, and names files by relative references.', () => {
  const log = JSON.parse(JSON.stringify(sarifLog([resultOf(finding)], {}, '0'))) as {
    runs: {
      results: { message: { text: string }; locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[] }[]
    }[]
  }
  const [result] = log.runs[0]?.results ?? []
  expect(result?.message.text).toContain('\\[click\\](https://evil.example)')
  expect(result?.message.text).not.toMatch(/\p{Cc}|\p{Cf}/u)
  const { artifactLocation, region } = result!.locations[0]!.physicalLocation
  expect(artifactLocation.uri).toBe('a%20b/../javascript%3Ax%3Fy%23z.yaml')
  expect(region).toEqual({ startLine: 3, startColumn: 5 })
})

test('A file for a case is named with letters and hyphens alone, whatever the case is about.', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (words) => {
      expect(fileNameFor(words, words)).toMatch(/^[a-z0-9-]{1,60}-[0-9a-f]{8}\.yaml$/)
    }),
  )
  expect(fileNameFor('../../etc/passwd', 'a')).toMatch(/^etc-passwd-/)
})
