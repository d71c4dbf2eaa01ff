import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { withPins } from '../../src/cli/pin-text.ts'

const pin = `sha256:${'ab'.repeat(32)}`
const old = `sha256:${'00'.repeat(32)}`

function pinned(tool: string, name = 'send'): string {
  return withPins(`toolboxes:\n  mail:\n    tools:\n${tool}`, [{ toolbox: 'mail', tool: name, pin }]).slice(
    'toolboxes:\n  mail:\n    tools:\n'.length,
  )
}

test('A flow map gets the pin after its last entry and keeps its form.', () => {
  expect(pinned('      send: { effect: external, labels: [a,b] } # why\n')).toBe(
    `      send: { effect: external, labels: [a,b], pin: ${pin} } # why\n`,
  )
  expect(pinned('      send: {effect: read}')).toBe(`      send: {effect: read, pin: ${pin}}`)
  expect(pinned('      send: {"effect":"read"}\n')).toBe(`      send: {"effect":"read", pin: ${pin}}\n`)
})

test('A comment or a comma before the closing brace of a flow map stays where it is.', () => {
  expect(pinned('      send: { effect: read, # mild\n        labels: [a], # of data }\n      }\n')).toBe(
    `      send: { effect: read, # mild\n        labels: [a], pin: ${pin}, # of data }\n      }\n`,
  )
})

test('A block map gets a line of its own under its other keys, before comments that follow it.', () => {
  expect(
    pinned(
      '      send:\n          effect: read # mild\n          sinks:\n            to: recipient # whom\n\n      # next\n      get: { effect: read }\n',
    ),
  ).toBe(
    `      send:\n          effect: read # mild\n          sinks:\n            to: recipient # whom\n          pin: ${pin}\n\n      # next\n      get: { effect: read }\n`,
  )
})

test('A block map at the end of a file without a final line break gets its line all the same.', () => {
  expect(pinned('      send:\n        effect: read')).toBe(`      send:\n        effect: read\n        pin: ${pin}`)
})

test('A block map that ends in a block scalar gets its line after it.', () => {
  expect(pinned('      send:\n        effect: read\n        undo: >-\n          mail.recall\n')).toBe(
    `      send:\n        effect: read\n        undo: >-\n          mail.recall\n        pin: ${pin}\n`,
  )
})

test('A pin that is there is replaced within its own quotes.', () => {
  for (const quote of ['', '"', "'"]) {
    expect(pinned(`      send: { pin: ${quote}${old}${quote}, effect: read }\n`)).toBe(
      `      send: { pin: ${quote}${pin}${quote}, effect: read }\n`,
    )
    expect(pinned(`      send:\n        pin: ${quote}${old}${quote} # looked at\n        effect: read\n`)).toBe(
      `      send:\n        pin: ${quote}${pin}${quote} # looked at\n        effect: read\n`,
    )
  }
  expect(pinned(`      send:\n        pin: >-\n          ${old}\n        effect: read\n`)).toBe(
    `      send:\n        pin: ${pin}\n        effect: read\n`,
  )
})

test('A tool whose name is quoted, or reads like a number, is found.', () => {
  expect(pinned('      "send": { effect: read }\n')).toBe(`      "send": { effect: read, pin: ${pin} }\n`)
  expect(pinned('      42: { effect: read }\n', '42')).toBe(`      42: { effect: read, pin: ${pin} }\n`)
})

test('A tool that is written through an alias is refused instead of changing what the alias stands for.', () => {
  expect(() => pinned('      get: &mild { effect: read }\n      send: *mild\n')).toThrow(/`mail\.send` cannot be pinned in place/)
  expect(() => pinned('      send: &mild { effect: read }\n      get: *mild\n')).toThrow(/cannot be pinned in place/)
  expect(() => pinned(`      send: { effect: read, pin: &p ${old} }\n      get: { effect: read, pin: *p }\n`)).toThrow(
    /cannot be pinned in place/,
  )
})

test('An anchor that nothing refers to does not stand in the way.', () => {
  expect(pinned(`      send: { effect: read, pin: &p ${old} }\n`)).toBe(`      send: { effect: read, pin: &p ${pin} }\n`)
})

/** How one tool is written: everything that an edit of the text has to get along with. */
const style = fc.record({
  flow: fc.boolean(),
  key: fc.constantFrom('', '"', "'"),
  present: fc.constantFrom('none', 'first', 'last'),
  quote: fc.constantFrom('', '"', "'"),
  effect: fc.constantFrom('read', '"read"', "'external'"),
  sinks: fc.constantFrom('none', 'flow', 'block'),
  comment: fc.constantFrom('', ' # pin: here, { and }', " # it's \u00e9 \u{1f512}"),
  comma: fc.boolean(),
  pad: fc.constantFrom('', ' ', '  '),
  step: fc.constantFrom(1, 2, 4),
  after: fc.constantFrom('', '\n', '    # on its own\n', '      # on its own\n\n'),
})
type Style = typeof style extends fc.Arbitrary<infer T> ? T : never

/** The tool with this pin, or without one; a pin that the style does not have stands where an edit is to put it. */
function written(one: Style, name: string, value: string | null): string {
  const { flow, key, present, effect, sinks, comment, comma, pad, step } = one
  const quote = present === 'none' ? '' : one.quote
  const entry = value === null ? [] : [`pin: ${quote}${value}${quote}`]
  const head = `      ${key}${name}${key}:`
  if (flow) {
    const rest = [`effect: ${effect}`, ...(sinks === 'none' ? [] : ['sinks: { "a b": path }'])]
    const entries = present === 'first' ? [...entry, ...rest] : [...rest, ...entry]
    return `${head} {${pad}${entries.join(', ')}${comma ? ',' : ''}${pad}}${comment}\n${one.after}`
  }
  const indent = ' '.repeat(6 + step)
  const rest = [
    `${indent}effect: ${effect}${comment}`,
    ...(sinks === 'none'
      ? []
      : sinks === 'flow'
        ? [`${indent}sinks: { a: path }`]
        : [`${indent}sinks:${comment}`, `${indent}   to: "x"${comment}`]),
  ]
  const line = entry.map((text) => `${indent}${text}${present === 'none' ? '' : comment}`)
  return `${[`${head}${comment}`, ...(present === 'first' ? [...line, ...rest] : [...rest, ...line])].join('\n')}\n${one.after}`
}

test('Whatever the style of a manifest, pins are added or replaced and no other character changes.', () => {
  fc.assert(
    fc.property(
      fc.array(style, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom('', '\uFEFF'),
      fc.constantFrom("goals: [ 'x',y ]\n", "goals: [ 'x',y ]", ''),
      (styles, eol, mark, tail) => {
        const pins = styles.map((_, index) => ({ toolbox: 'box', tool: `tool${index}`, pin: pin.replace('ab', `c${index}`) }))
        const whole = (value: (index: number) => string | null): string =>
          `${mark}# the manifest\ntoolboxes:\n  box:\n    tools:\n${styles.map((one, index) => written(one, `tool${index}`, value(index))).join('')}${tail}`.replaceAll(
            '\n',
            eol,
          )
        const before = whole((index) => (styles[index]?.present === 'none' ? null : old))
        const after = withPins(before, pins)
        expect(after).toBe(whole((index) => pins[index]?.pin ?? null))
        const wanted = parse(before) as { toolboxes: { box: { tools: Record<string, Record<string, unknown>> } } }
        for (const { tool, pin: value } of pins) (wanted.toolboxes.box.tools[tool] as Record<string, unknown>)['pin'] = value
        expect(parse(after)).toEqual(wanted)
      },
    ),
    { numRuns: 500 },
  )
})
