import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from '../../src/model/error-codes.ts'

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')

/** The rows of the page's table, cell by cell. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| |^ *| *\|? *$/g, '')))

test('The page lists every code with the meaning that the product gives it, in the same order, and no other.', () => {
  const listed = rows.map(([code, meaning]) => [code?.replaceAll('`', ''), meaning])
  expect(listed).toEqual(Object.entries(errorCodes))
})

test('Every code comes with what to do about it.', () => {
  for (const row of rows) {
    expect(row).toHaveLength(3)
    expect(row[2]?.length, row[0]).toBeGreaterThan(10)
  }
})
