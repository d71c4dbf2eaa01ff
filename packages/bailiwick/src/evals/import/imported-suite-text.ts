import { Document, isMap, isScalar, visit } from 'yaml'
import { shortened } from '../../model/markup-text.ts'
import type { Imported } from './import-promptfoo.ts'

/** Signs that a reader of the file would not see, or be misled by. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Mn}]/u

const placeholder = [
  ' The agent that is tested goes here: { command }, { url }, { module } or { session }. Providers of promptfoo are models, not agents,',
  ' so that none was carried over. This stands for one that does nothing, with which no case passes.',
].join('\n')

/** The text of an imported suite, headed by where it is from and by all that was not carried over. */
export function importedSuiteText({ suite, description, diagnostics }: Imported, file: string): string {
  const document = new Document(suite, { version: '1.2', schema: 'core', aliasDuplicateObjects: false })
  if (isMap(document.contents)) {
    const pair = document.contents.items.find(({ key }) => isScalar(key) && key.value === 'underTest')
    if (pair !== undefined && isScalar(pair.key)) pair.key.commentBefore = placeholder
  }
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && unseen.test(node.value)) node.type = 'QUOTE_DOUBLE'
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
  const left = diagnostics.map(({ line, message }) => `# - line ${line}: ${commentText(message)}\n`)
  const head = [
    description === null ? '' : `# ${commentText(description)}\n#\n`,
    `# Imported from ${commentText(file)}, a configuration of promptfoo. A tool counts as used when the gateway let the call through,\n`,
    '# and must not be tried where promptfoo says that it must not be used.\n',
    left.length === 0 ? '# Everything was carried over.\n' : '# Not carried over, or not exactly:\n',
  ]
  return `${head.join('')}${left.join('')}${text}`
}

function escaped(sign: string): string {
  const code = sign.codePointAt(0) as number
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

function commentText(text: string): string {
  return shortened(
    text
      .toWellFormed()
      .replaceAll(/[\s\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu, ' ')
      .trim(),
    300,
  )
}
