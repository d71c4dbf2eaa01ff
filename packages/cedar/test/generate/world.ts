import fc from 'fast-check'
import type { Entity, EntityUid, Request } from '../../src/index.ts'
import { actionIds, choices, entityTypes, ids, quote } from './names.ts'
import { generatedAttributes, generatedType, recordText, recordValue, typeText, valueOf } from './types.ts'
import type { GeneratedAttributes, GeneratedType } from './types.ts'

/** A schema with entities and requests that mostly fit it. `isGiven` says whether the schema is to be used, or Cedar left without one. */
export interface World {
  readonly schema: string
  readonly isGiven: boolean
  readonly entities: readonly Entity[]
  readonly requests: readonly Request[]
}

interface Shape {
  readonly types: Readonly<
    Record<string, { readonly parents: readonly string[]; readonly attributes: GeneratedAttributes; readonly tags: GeneratedType | null }>
  >
  readonly context: GeneratedAttributes
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** The enumerated type has no attributes, tags or parents. */
const enumerated = 'Kind'
const declared = entityTypes.filter((name) => name !== enumerated)

const shape: fc.Arbitrary<Shape> = fc.record({
  types: fc.record(
    Object.fromEntries(
      declared.map((name) => [
        name,
        fc.record({
          parents: fc.uniqueArray(fc.constantFrom(...entityTypes), { maxLength: 3 }),
          attributes: generatedAttributes,
          tags: fc.option(generatedType),
        }),
      ]),
    ),
  ),
  context: generatedAttributes,
  groups: fc.record({
    read: fc.uniqueArray(fc.constantFrom('all', 'changing'), { maxLength: 2 }),
    write: fc.uniqueArray(fc.constantFrom('all', 'changing'), { maxLength: 2 }),
    changing: fc.uniqueArray(fc.constantFrom('all'), { maxLength: 1 }),
    all: fc.constant([]),
  }),
})

function schemaText({ types, context, groups }: Shape): string {
  const entity = (name: string): string => {
    const { parents, attributes, tags } = types[name] as Shape['types'][string]
    const local = name.replace('NS::', '')
    const memberOf = parents.length === 0 ? '' : ` in [${parents.join(', ')}]`
    return `entity ${local}${memberOf} ${recordText(attributes)}${tags === null ? '' : ` tags ${typeText(tags)}`};`
  }
  const actions = actionIds.map((id) => {
    const memberOf = groups[id] ?? []
    const inGroups = memberOf.length === 0 ? '' : ` in [${memberOf.map(quote).join(', ')}]`
    return `action ${quote(id)}${inGroups} appliesTo { principal: [User, Group, Kind], resource: [NS::Doc, User, Group], context: ${recordText(context)} };`
  })
  return [
    entity('User'),
    entity('Group'),
    `entity ${enumerated} enum [${choices.map(quote).join(', ')}];`,
    `namespace NS { ${entity('NS::Doc')} }`,
    ...actions,
  ].join('\n')
}

const rarely = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: odd })

function uidOf(types: readonly string[]): fc.Arbitrary<EntityUid> {
  const among = types.length === 0 ? entityTypes : types
  const usual = fc
    .constantFrom(...among)
    .chain((type) => fc.record({ type: fc.constant(type), id: fc.constantFrom(...(type === enumerated ? choices : ids)) }))
  return rarely(usual, fc.record({ type: fc.constantFrom(...entityTypes, 'Unknown', 'Action', 'if'), id: fc.constantFrom(...ids) }))
}

/** Entities whose parents come later in the list, so that a cycle arises only now and then. */
function entitiesOf({ types }: Shape): fc.Arbitrary<Entity[]> {
  const uids = fc.uniqueArray(
    fc
      .constantFrom(...entityTypes)
      .chain((type) => fc.record({ type: fc.constant(type), id: fc.constantFrom(...(type === enumerated ? choices : ids)) })),
    { maxLength: 8, selector: ({ type, id }) => `${type}::${id}` },
  )
  return uids.chain((all) =>
    fc.tuple(
      ...all.map((uid, index) => {
        const { attributes, tags, parents } = types[uid.type] ?? { attributes: [], tags: null, parents: [] }
        const later = all.slice(index + 1).filter((other) => parents.includes(other.type))
        const parent: fc.Arbitrary<EntityUid[]> =
          later.length === 0 ? fc.constant<EntityUid[]>([]) : fc.uniqueArray(fc.constantFrom<EntityUid[]>(...later), { maxLength: 3 })
        return fc
          .record({
            attrs: recordValue(attributes),
            parents: rarely(parent, fc.array(uidOf([]), { maxLength: 2 })),
            tags:
              tags === null ? fc.constant({}) : fc.dictionary(fc.constantFrom('a', 'ab', '', '__proto__'), valueOf(tags), { maxKeys: 3 }),
          })
          .map((rest): Entity => ({ uid, ...rest }))
      }),
    ),
  )
}

function actionEntities({ groups }: Shape): Entity[] {
  return Object.entries(groups).map(([id, parents]) => ({
    uid: { type: 'Action', id },
    attrs: {},
    parents: parents.map((group) => ({ type: 'Action', id: group })),
  }))
}

export const world: fc.Arbitrary<World> = shape.chain((one) =>
  fc
    .record({
      isGiven: fc.boolean(),
      withActions: fc.boolean(),
      entities: entitiesOf(one),
      requests: fc.array(
        fc.record({
          principal: uidOf(['User', 'Group', enumerated]),
          action: rarely(
            fc.constantFrom(...actionIds).map((id) => ({ type: 'Action', id })),
            uidOf([]),
          ),
          resource: uidOf(['NS::Doc', 'User', 'Group']),
          context: recordValue(one.context),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    })
    .map(({ isGiven, withActions, entities, requests }) => ({
      schema: schemaText(one),
      isGiven,
      entities: withActions ? [...entities, ...actionEntities(one)] : entities,
      requests,
    })),
)
