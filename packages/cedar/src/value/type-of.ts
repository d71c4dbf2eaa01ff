import { Datetime } from '../extension/datetime.ts'
import { Decimal } from '../extension/decimal.ts'
import { Duration } from '../extension/duration.ts'
import { CedarSet } from './value.ts'
import { EntityRef } from './entity-ref.ts'
import { Fault } from './fault.ts'
import type { Value } from './value.ts'

/** The name of a value's type as error messages give it. */
export function typeOf(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'string':
      return 'string'
    case 'object':
      break
    default:
      return 'long'
  }
  if (value instanceof EntityRef) return `(entity of type \`${value.type}\`)`
  if (value instanceof CedarSet) return 'set'
  if (value instanceof Map) return 'record'
  if (value instanceof Decimal) return 'decimal'
  if (value instanceof Datetime) return 'datetime'
  return value instanceof Duration ? 'duration' : 'ipaddr'
}

/** The fault of a value that has not the type which an operation asks for. */
export function typeFault(expected: string, value: Value): Fault {
  return new Fault(`type error: expected ${expected}, got ${typeOf(value)}`)
}
