/** A Cedar entity's identity, in Cedar's JSON form. */
export interface EntityUid {
  readonly type: string
  readonly id: string
}

/** A value in Cedar's JSON form: entities as `{ __entity }`, extension values as `{ __extn: { fn, arg } }`. */
export type CedarValue =
  | boolean
  | number
  | string
  | readonly CedarValue[]
  | { readonly [attribute: string]: CedarValue }
  | { readonly __entity: EntityUid }
  | { readonly __extn: { readonly fn: string; readonly arg: CedarValue } }

export interface Request {
  readonly principal: EntityUid
  readonly action: EntityUid
  readonly resource: EntityUid
  readonly context: Readonly<Record<string, CedarValue>>
}

export interface Entity {
  readonly uid: EntityUid
  readonly attrs: Readonly<Record<string, CedarValue>>
  readonly parents: readonly EntityUid[]
}

export interface PolicyFault {
  readonly policy: string
  readonly message: string
}

/** Cedar's answer. `reasons` are the ids of the determining policies, `errors` the policies whose evaluation failed (Cedar skips those); both in the order of the ids. */
export interface Answer {
  readonly decision: 'allow' | 'deny'
  readonly reasons: readonly string[]
  readonly errors: readonly PolicyFault[]
}
