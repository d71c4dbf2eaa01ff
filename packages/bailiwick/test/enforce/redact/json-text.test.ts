import { expect, test } from 'vitest'
import { readJsonText, writeJsonText } from '../../../src/enforce/redact/json-text.ts'

test('Objects, lists and texts are read; numbers and words alone are not, nor is what only begins like JSON.', () => {
  expect(readJsonText(' {"a":[1]} ')).toEqual({ value: { a: [1] }, exact: true })
  expect(readJsonText('"x"')).toEqual({ value: 'x', exact: true })
  for (const text of ['5', 'true', 'null', 'x', '', '[1', '{"a":1} and more', '[x]']) expect(readJsonText(text)).toBeNull()
})

test('What is nested over 200 deep is not read; brackets in texts do not count.', () => {
  expect(readJsonText(`${'['.repeat(200)}${']'.repeat(200)}`)).not.toBeNull()
  expect(readJsonText(`${'['.repeat(201)}${']'.repeat(201)}`)).toBeNull()
  expect(readJsonText(JSON.stringify(['\\"['.repeat(300)]))).not.toBeNull()
})

test('A text with a number that a double does not hold to the last digit is not exact.', () => {
  expect(readJsonText('[411111111111111]')?.exact).toBe(true)
  expect(readJsonText('[4111111111111111110]')?.exact).toBe(false)
  expect(readJsonText('["4111111111111111110"]')?.exact).toBe(true)
})

test('A value is written back in the layout that it was read in.', () => {
  for (const text of ['{"a":[1,2]}', '{\n  "a": 1\n}', '[\n\t1\n]']) expect(writeJsonText(readJsonText(text)!.value, text)).toBe(text)
})
