import { expect, test } from 'vitest'
import { compile, Entities } from '../src/index.ts'
import type { CedarValue, Request } from '../src/index.ts'

const schema = `
namespace App {
  type Address = { street: String, zip?: Long };
  entity Role enum ["reader", "writer"];
  entity Team in [Team];
  entity User in [Team] { name: String, home?: Address, from?: ipaddr, boss?: User, role: Role } tags Set<Long>;
  action "read", "list" in [viewing] appliesTo { principal: User, resource: [User, Team], context: { at: datetime, by?: User } };
  action viewing;
}`
const uid = (type: string, id: string): { type: string; id: string } => ({ type: `App::${type}`, id })
const ada = { uid: uid('User', 'ada'), attrs: { name: 'Ada', role: uid('Role', 'reader') as CedarValue }, parents: [uid('Team', 't')] }
const request: Request = { principal: ada.uid, action: uid('Action', 'read'), resource: uid('Team', 't'), context: { at: '2024-01-01' } }

test('With a schema, entities and extension values may stand without their escapes', () => {
  const set = compile(
    {
      p: 'permit (principal, action, resource) when { context.at < datetime("2025-01-01") && principal.role == App::Role::"reader" && principal.from.isLoopback() };',
    },
    { schema, validatePolicies: false },
  )
  expect(set.authorize(request, [{ ...ada, attrs: { ...ada.attrs, from: '::1' } }])).toMatchObject({ decision: 'allow', errors: [] })
  expect(set.authorize(request, [{ ...ada, attrs: { ...ada.attrs, from: { fn: 'ip', arg: '::1' } } }])).toMatchObject({ decision: 'allow' })
})

test('The action groups of a schema count though no action is given as an entity, whether or not requests are checked', () => {
  for (const validateRequests of [true, false]) {
    const set = compile(
      {
        head: 'permit (principal, action in App::Action::"viewing", resource);',
        body: 'permit (principal, action, resource) when { action in App::Action::"viewing" };',
      },
      { schema, validateRequests },
    )
    expect(set.authorize({ ...request, context: { at: { __extn: { fn: 'datetime', arg: '2024-01-01' } } } }, [ada]).reasons).toEqual([
      'head',
      'body',
    ])
  }
})

test('A request or entity that does not fit the schema is refused', () => {
  const set = compile({ p: 'permit (principal, action, resource);' }, { schema })
  const refused: [Partial<Request>, string][] = [
    [{ action: uid('Action', 'write') }, 'is not declared in the schema'],
    [{ principal: uid('Team', 't') }, 'principal has the type `App::Team`'],
    [{ resource: uid('Role', 'reader') }, 'resource has the type `App::Role`'],
    [{ context: {} }, 'the context: the attribute `at` is missing'],
    [{ context: { at: '2024-01-01', more: 1 } }, 'the context.more: the schema has no such attribute'],
    [{ context: { at: 1 } }, 'the context.at: type error: expected string, got long'],
    [{ context: { at: '2024-01-01', by: uid('Team', 't') } }, 'the context.by: expected an entity of type `App::User`'],
  ]
  for (const [part, message] of refused) expect(() => set.authorize({ ...request, ...part }, [ada])).toThrow(message)
  const entities: [object, string][] = [
    [{ attrs: { name: 'Ada' } }, 'the attribute `role` is missing'],
    [{ attrs: { name: 'Ada', role: uid('Role', 'owner') } }, 'the schema\'s enumeration has no `App::Role::"owner"`'],
    [{ attrs: { ...ada.attrs, home: { street: 1 } } }, 'attrs.home.street: expected string, got long'],
    [{ parents: [uid('Role', 'reader')] }, 'cannot be in one of type `App::Role`'],
    [{ tags: { k: ['x'] } }, 'tags.k[0]: expected long, got string'],
    [{ uid: { type: 'User', id: 'ada' } }, 'the schema has no entity type `User`'],
  ]
  for (const [part, message] of entities) expect(() => new Entities([{ ...ada, ...part }], { schema })).toThrow(message)
})

test('A change in place must fit the schema, and one that does not changes nothing', () => {
  const entities = new Entities([ada], { schema })
  const set = compile({ p: 'permit (principal, action, resource) when { principal.name == "Ada" };' }, { schema })
  expect(() => entities.setAttribute(ada.uid, 'name', 1)).toThrow('expected string, got long')
  expect(() => entities.setAttribute(ada.uid, 'name', undefined)).toThrow('requires the attribute `name`')
  expect(() => entities.setTag(ada.uid, 'k', 1)).toThrow('expected a set')
  expect(set.authorize(request, entities).decision).toBe('allow')
  entities.setAttribute(ada.uid, 'name', 'Eve')
  expect(set.authorize(request, entities).decision).toBe('deny')
})

test('Policies are validated strictly, and one that can never apply is refused', () => {
  expect(() => compile({ p: 'permit (principal, action, resource) when { principal.nam == 1 };' }, { schema })).toThrow('nam')
  expect(() => compile({ p: 'permit (principal is App::Role, action, resource);' }, { schema })).toThrow('impossible')
  const set = compile({ p: 'permit (principal is App::Role, action, resource);' }, { schema, validatePolicies: false })
  expect(set.authorize(request, [ada]).decision).toBe('deny')
})
