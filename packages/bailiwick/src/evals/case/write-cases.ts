import { Document, isScalar, visit } from 'yaml'
import type { JsonObject } from '../../model/json.ts'
import { durationText } from '../../model/quantity.ts'
import { singleSteps } from './eval-case.ts'
import type { CaseStep, EvalCase } from './eval-case.ts'
import { withBase } from './read-cases.ts'

/** Signs that a reader of the file would not see, or be misled by. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Mn}]/u

/** The text of a file of cases. `head` is what a person should know, as comment lines. The manifest's folder is written as `${base}`. */
export function casesText(cases: readonly EvalCase[], head: readonly string[], base: string): string {
  const document = new Document(
    { version: 1, cases: cases.map((one) => written(one, base)) },
    { version: '1.2', schema: 'core', aliasDuplicateObjects: false },
  )
  visit(document, {
    Scalar: (_, node) => {
      if (isScalar(node) && typeof node.value === 'string' && unseen.test(node.value)) node.type = 'QUOTE_DOUBLE'
    },
    Map: (_, node) => {
      if (node.items.length <= 4 && !node.items.some((pair) => (pair.value as { items?: unknown } | null)?.items !== undefined))
        node.flow = true
    },
  })
  // What stands in double quotes may be escaped, and nothing else holds such signs.
  const text = document
    .toString({ lineWidth: 0, flowCollectionPadding: true })
    .replaceAll(new RegExp(unseen.source, 'gu'), (sign) => (sign === '\n' ? sign : escaped(sign)))
  return `${head.map((line) => `# ${line}\n`).join('')}${text}`
}

function escaped(sign: string): string {
  const code = sign.codePointAt(0) as number
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function written({ steps, params, person, request, tags, why, ...rest }: EvalCase, base: string): Record<string, unknown> {
  return {
    ...rest,
    ...(why === '' || why === rest.name.replace(/^\d+\. /, '') ? {} : { why }),
    ...(Object.keys(params).length === 0 ? {} : { params: withBase(params, base, '${base}') }),
    ...(person === null ? {} : { person }),
    ...(request === null ? {} : { request }),
    ...(tags.length === 0 ? {} : { tags }),
    steps: repeated(steps).map((step) => writtenStep(step, base)),
  }
}

function writtenStep({ call, with: args, wait, ...rest }: CaseStep, base: string): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return {
    call,
    ...(Object.keys(args).length === 0 ? {} : { with: withBase(args satisfies JsonObject, base, '${base}') }),
    ...(wait === undefined ? {} : { wait: durationText(wait) }),
    ...given,
  }
}

/** Equal steps in a row as one that is made several times, where only the last of them expects something. */
function repeated(steps: readonly CaseStep[]): CaseStep[] {
  const found: CaseStep[] = []
  for (const step of singleSteps(steps)) {
    const before = found.at(-1)
    if (before !== undefined && before.expect === undefined && bare(before) === bare(step))
      found[found.length - 1] = { ...step, times: (before.times ?? 1) + 1 }
    else found.push(step)
  }
  return found
}

function bare({ expect: _expect, rule: _rule, redacts: _redacts, removes: _removes, times: _times, ...step }: CaseStep): string {
  return JSON.stringify(
    Object.entries(step)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
