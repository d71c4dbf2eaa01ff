import type { ExtensionType } from '../extension/functions.ts'

/** A type of a schema with all its names resolved. */
export type SchemaType =
  | { readonly kind: 'boolean' | 'long' | 'string' }
  | { readonly kind: 'entity'; readonly type: string }
  | { readonly kind: 'extension'; readonly type: Exclude<ExtensionType, 'string'> }
  | { readonly kind: 'set'; readonly element: SchemaType }
  | RecordType

export interface RecordType {
  readonly kind: 'record'
  readonly attributes: ReadonlyMap<string, { readonly type: SchemaType; readonly required: boolean }>
}

/** What a schema says of an entity type. `enumeration` holds the only ids there are, or null when any id will do. */
export interface EntityTypeSchema {
  readonly attributes: RecordType
  readonly tags: SchemaType | null
  /** Types that an ancestor can have. */
  readonly ancestors: ReadonlySet<string>
  readonly enumeration: ReadonlySet<string> | null
}

/** What a schema says of an action: the types it applies to, and its context. */
export interface ActionSchema {
  readonly principals: ReadonlySet<string>
  readonly resources: ReadonlySet<string>
  readonly context: RecordType
}
