import { Fault } from '../value/fault.ts'
import { add, quotient, subtract } from '../value/long.ts'
import type { Long } from '../value/long.ts'
import { typeFault } from '../value/type-of.ts'
import type { Value } from '../value/value.ts'
import { Datetime } from './datetime.ts'
import { Decimal } from './decimal.ts'
import { Duration } from './duration.ts'
import { IpAddress } from './ip-address.ts'

/** An extension function; `apply` throws a Fault on arguments of another number or type, and where Cedar's function fails. */
export interface ExtensionFunction {
  readonly parameters: readonly ExtensionType[]
  /** True when the result is a boolean whenever there is one. */
  readonly boolean: boolean
  readonly apply: (args: readonly Value[]) => Value
}

export type ExtensionType = 'string' | 'decimal' | 'ipaddr' | 'datetime' | 'duration'

interface Arguments {
  readonly string: string
  readonly decimal: Decimal
  readonly ipaddr: IpAddress
  readonly datetime: Datetime
  readonly duration: Duration
}

/** The functions and methods of Cedar's extensions by name; a method's first argument is the value it is called on. */
export const extensionFunctions: ReadonlyMap<string, ExtensionFunction> = new Map<string, ExtensionFunction>([
  ['decimal', unary('decimal', 'string', (text) => Decimal.parse(text))],
  ['lessThan', comparison('lessThan', (a, b) => a < b)],
  ['lessThanOrEqual', comparison('lessThanOrEqual', (a, b) => a <= b)],
  ['greaterThan', comparison('greaterThan', (a, b) => a > b)],
  ['greaterThanOrEqual', comparison('greaterThanOrEqual', (a, b) => a >= b)],
  ['ip', unary('ip', 'string', (text) => IpAddress.parse(text))],
  ['isIpv4', test('isIpv4', (ip) => ip.version === 4)],
  ['isIpv6', test('isIpv6', (ip) => ip.version === 6)],
  ['isLoopback', test('isLoopback', (ip) => ip.isLoopback)],
  ['isMulticast', test('isMulticast', (ip) => ip.isMulticast)],
  ['isInRange', binary('isInRange', 'ipaddr', 'ipaddr', (ip, range) => ip.isInRange(range), true)],
  ['datetime', unary('datetime', 'string', (text) => Datetime.parse(text))],
  ['duration', unary('duration', 'string', (text) => Duration.parse(text))],
  ['offset', binary('offset', 'datetime', 'duration', (at, by) => new Datetime(fitting('offset', add(at.milliseconds, by.milliseconds))))],
  [
    'durationSince',
    binary(
      'durationSince',
      'datetime',
      'datetime',
      (to, from) => new Duration(fitting('durationSince', subtract(to.milliseconds, from.milliseconds))),
    ),
  ],
  [
    'toDate',
    unary('toDate', 'datetime', (at) => {
      const date = at.toDate()
      if (date === null) throw new Fault('error while evaluating `toDate` extension function: overflows when computing the date')
      return date
    }),
  ],
  ['toTime', unary('toTime', 'datetime', (at) => new Duration(at.timeOfDay()))],
  ['toMilliseconds', unary('toMilliseconds', 'duration', (span) => span.milliseconds)],
  ['toSeconds', unary('toSeconds', 'duration', (span) => quotient(span.milliseconds, 1000))],
  ['toMinutes', unary('toMinutes', 'duration', (span) => quotient(span.milliseconds, 60_000))],
  ['toHours', unary('toHours', 'duration', (span) => quotient(span.milliseconds, 3_600_000))],
  ['toDays', unary('toDays', 'duration', (span) => quotient(span.milliseconds, 86_400_000))],
])

function unary<A extends ExtensionType>(name: string, parameter: A, work: (a: Arguments[A]) => Value, boolean = false): ExtensionFunction {
  return {
    parameters: [parameter],
    boolean,
    apply: (args) => {
      if (args.length !== 1) throw arityFault(name, 1, args.length)
      return work(argument(parameter, args[0] as Value))
    },
  }
}

function binary<A extends ExtensionType, B extends ExtensionType>(
  name: string,
  first: A,
  second: B,
  work: (a: Arguments[A], b: Arguments[B]) => Value,
  boolean = false,
): ExtensionFunction {
  return {
    parameters: [first, second],
    boolean,
    apply: (args) => {
      if (args.length !== 2) throw arityFault(name, 2, args.length)
      return work(argument(first, args[0] as Value), argument(second, args[1] as Value))
    },
  }
}

function comparison(name: string, holds: (a: Long, b: Long) => boolean): ExtensionFunction {
  return binary(name, 'decimal', 'decimal', (a, b) => holds(a.units, b.units), true)
}

function test(name: string, holds: (ip: IpAddress) => boolean): ExtensionFunction {
  return unary(name, 'ipaddr', holds, true)
}

function argument<T extends ExtensionType>(type: T, value: Value): Arguments[T] {
  if (!isOfType(type, value)) {
    const fault = typeFault(type, value)
    throw typeof value === 'string' && type !== 'string'
      ? new Fault(`${fault.message}; maybe you forgot to apply the \`${type === 'ipaddr' ? 'ip' : type}\` constructor`)
      : fault
  }
  return value as Arguments[T]
}

function isOfType(type: ExtensionType, value: Value): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'decimal':
      return value instanceof Decimal
    case 'ipaddr':
      return value instanceof IpAddress
    case 'datetime':
      return value instanceof Datetime
    case 'duration':
      return value instanceof Duration
  }
}

function fitting(name: string, milliseconds: Long | null): Long {
  if (milliseconds === null) throw new Fault(`error while evaluating \`${name}\` extension function: the result overflows 64 bits`)
  return milliseconds
}

function arityFault(name: string, expected: number, given: number): Fault {
  return new Fault(`wrong number of arguments provided to extension function \`${name}\`: expected ${expected}, got ${given}`)
}
