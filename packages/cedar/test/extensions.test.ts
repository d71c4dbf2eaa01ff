import { expect, test } from 'vitest'
import { agreed } from './evaluate.ts'
import { extensionArguments, quote } from './generate/names.ts'

test('Every constructor accepts and refuses the same texts as the official build', () => {
  for (const [name, texts] of Object.entries(extensionArguments)) {
    const results = Object.values(agreed(texts.map((text) => `${name}(${quote(text)}) == ${name}(${quote(text)})`)))
    expect(results).toContain(true)
    expect(results).toContain('error')
  }
})

test('Every two values of an extension type compare as in the official build', () => {
  const operators = {
    ip: ['.isInRange'],
    decimal: ['.lessThan', '.greaterThanOrEqual'],
    datetime: [' < ', ' >= '],
    duration: [' < ', ' >= '],
  } as const
  for (const [name, texts] of Object.entries(extensionArguments)) {
    const values = texts.filter((_, index) => index < 14).map((text) => `${name}(${quote(text)})`)
    const pairs = values.flatMap((a) => values.map((b) => [a, b] as const))
    const conditions = pairs.flatMap(([a, b]) => [
      `${a} == ${b}`,
      ...operators[name as keyof typeof operators].map((operator) => `${a}${operator}(${b})`),
    ])
    // Every fourth is enough, and four and three operators have no common divisor, so that all of them are tried.
    expect(new Set(Object.values(agreed(conditions.filter((_, index) => index % 4 === 0))))).toContain(true)
  }
})

test('The parts and sums of datetimes and durations are those of the official build, before the epoch and at the limits too', () => {
  const least = 'datetime("1970-01-01").offset(duration("-9223372036854775808ms"))'
  expect(
    agreed([
      'datetime("1969-12-31T23:59:59.999Z").toTime() == duration("86399999ms")',
      'datetime("1969-12-31T00:00:00Z").toTime() == duration("0ms")',
      'datetime("1969-12-31T23:59:59.999Z").toDate() == datetime("1969-12-31")',
      `${least}.toDate() < datetime("1970-01-01")`,
      `${least}.toTime() == duration("0ms")`,
      `${least}.offset(duration("1ms")) > ${least}`,
      `${least}.offset(duration("-1ms")) > ${least}`,
      `datetime("1970-01-01").durationSince(${least}) == duration("0ms")`,
      'duration("-1d1ms").toDays() == -1',
      'duration("-1ms").toSeconds() == 0',
      'duration("9223372036854775807ms").toMilliseconds() == 9223372036854775807',
      'datetime("0050-06-01").durationSince(datetime("1950-06-01")).toDays() == -693961',
      'datetime("2024-10-15T11:35:00+0100") == datetime("2024-10-15T10:35:00Z")',
    ]),
  ).toMatchObject({
    'datetime("1969-12-31T23:59:59.999Z").toTime() == duration("86399999ms")': true,
    'datetime("1969-12-31T00:00:00Z").toTime() == duration("0ms")': true,
    [`${least}.toDate() < datetime("1970-01-01")`]: 'error',
    [`datetime("1970-01-01").durationSince(${least}) == duration("0ms")`]: 'error',
    'duration("-1d1ms").toDays() == -1': true,
    'duration("-1ms").toSeconds() == 0': true,
    'duration("9223372036854775807ms").toMilliseconds() == 9223372036854775807': true,
    'datetime("2024-10-15T11:35:00+0100") == datetime("2024-10-15T10:35:00Z")': true,
  })
})

test('A range is loopback or multicast only when all of it is', () => {
  const results = agreed([
    'ip("127.0.0.1/8").isLoopback()',
    'ip("127.0.0.1/7").isLoopback()',
    'ip("::1/127").isLoopback()',
    'ip("239.1.1.1/4").isMulticast()',
    'ip("239.1.1.1/3").isMulticast()',
    'ip("ff00::/7").isMulticast()',
    'ip("10.0.0.0/8").isInRange(ip("10.0.0.0/9"))',
  ])
  expect(Object.values(results)).toEqual([true, false, false, true, false, false, false])
})

test('A call with another number of arguments is an error of the policy', () => {
  expect(
    Object.values(agreed(['ip() == 1', 'ip("::1", "::1") == 1', 'ip("::1").isInRange(ip("::1"), ip("::1"))', 'ip("::1").isIpv4(1)'])),
  ).toEqual(['error', 'error', 'error', 'error'])
})
