/** A Cedar entity's identity, in Cedar's JSON form. */
export interface EntityUid {
  readonly type: string
  readonly id: string
}

/** An identity in either of the forms which Cedar's JSON allows where only an entity can stand. */
export type EntityUidJson = EntityUid | { readonly __entity: EntityUid }
