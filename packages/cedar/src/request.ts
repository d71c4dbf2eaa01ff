import type { EntityUid, EntityUidJson } from './entity-uid.ts'

/**
 * A value in Cedar's JSON form: entities as `{ __entity }`, extension values as `{ __extn: { fn, arg } }`, or with `args`.
 * Longs are integers; a number beyond ±(2⁵³ − 1) is refused, because it may have been rounded: give a bigint. A property
 * that is `undefined` counts as absent.
 */
export type CedarValue =
  | boolean
  | number
  | bigint
  | string
  | readonly CedarValue[]
  | { readonly [attribute: string]: CedarValue }
  | { readonly __entity: EntityUid }
  | { readonly __extn: { readonly fn: string; readonly arg: CedarValue } | { readonly fn: string; readonly args: readonly CedarValue[] } }

export interface Request {
  readonly principal: EntityUidJson
  readonly action: EntityUidJson
  readonly resource: EntityUidJson
  readonly context: Readonly<Record<string, CedarValue>>
}

export interface Entity {
  readonly uid: EntityUidJson
  readonly attrs: Readonly<Record<string, CedarValue>>
  readonly parents: readonly EntityUidJson[]
  readonly tags?: Readonly<Record<string, CedarValue>>
}

export interface PolicyFault {
  readonly policy: string
  readonly message: string
}

/**
 * Cedar's answer. `reasons` are the ids of the determining policies, `errors` the policies whose evaluation failed (Cedar
 * skips those); both in the order in which the policies, and after them the links, were given.
 */
export interface Answer {
  readonly decision: 'allow' | 'deny'
  readonly reasons: readonly string[]
  readonly errors: readonly PolicyFault[]
}
