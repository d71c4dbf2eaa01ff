import { expect, test } from 'vitest'
import { CedarError, compile, Entities } from '../src/index.ts'
import { ours, theirs } from './oracle.ts'

const user = (id: string): { type: string; id: string } => ({ type: 'User', id })
const request = { principal: user('ada'), action: { type: 'Action', id: 'read' }, resource: { type: 'Doc', id: 'd' }, context: {} }

test('Reasons and errors come in the order in which the policies were given', () => {
  const names = ['z', 'y', 'x', '10', '9', 'b', 'a']
  const heads = [
    'principal',
    'principal is User',
    'principal == User::"ada"',
    'principal',
    'principal in User::"ada"',
    'principal',
    'principal',
  ]
  const entries = names.map((name, index) => [
    name,
    `permit (${heads[index]}, action, resource) when { ${index % 2 === 0 ? 'true' : 'context.missing'} };`,
  ])
  const answer = compile(Object.fromEntries([...entries, ['f', 'forbid (principal, action, resource) when { 1 };']])).authorize(request, [])
  const given = Object.keys(Object.fromEntries(entries))
  const isReason = (name: string): boolean => names.indexOf(name) % 2 === 0
  expect(answer.decision).toBe('allow')
  expect(answer.reasons).toEqual(given.filter(isReason))
  expect(answer.errors.map((fault) => fault.policy)).toEqual([...given.filter((name) => !isReason(name)), 'f'])
})

test('Conditions hold in the order of the policy: `when` must be true, `unless` false, and the first that is not ends it', () => {
  const policies = {
    both: 'permit (principal, action, resource) when { true } unless { false };',
    unless: 'permit (principal, action, resource) unless { true };',
    ended: 'permit (principal, action, resource) when { false } unless { 1 } when { context.missing };',
    failing: 'permit (principal, action, resource) unless { 1 };',
    none: 'permit (principal, action, resource);',
  }
  expect(compile(policies).authorize(request, [])).toMatchObject({ reasons: ['both', 'none'], errors: [{ policy: 'failing' }] })
  expect(ours({ policies, entities: [], requests: [request] })).toEqual(theirs({ policies, entities: [], requests: [request] }))
})

test('A policy that names several actions which a request is in decides once', () => {
  const entities = [
    {
      uid: { type: 'Action', id: 'read' },
      attrs: {},
      parents: [
        { type: 'Action', id: 'a' },
        { type: 'Action', id: 'b' },
      ],
    },
  ]
  const policies = {
    p: 'permit (principal, action in [Action::"a", Action::"b", Action::"read", Action::"a"], resource);',
    q: 'permit (principal, action in [Action::"b", Action::"a"], resource) when { context.missing };',
    r: 'permit (principal, action in [], resource);',
  }
  expect(compile(policies).authorize(request, entities)).toMatchObject({ reasons: ['p'], errors: [{ policy: 'q' }] })
  expect(ours({ policies, entities, requests: [request] })).toEqual(theirs({ policies, entities, requests: [request] }))
})

test('Each kind of head finds its policies, also when many are in the set', () => {
  const heads = [
    'principal',
    'principal == User::"ada"',
    'principal is User',
    'principal in Team::"t"',
    'principal is User in Team::"t"',
    'principal is Team in Team::"t"',
    'principal == User::"eve"',
  ]
  const policies = Object.fromEntries(
    heads.flatMap((head) =>
      [head, head.replaceAll('principal', 'resource')].map((one) => [
        one,
        `permit (${one.startsWith('principal') ? `${one}, action, resource` : `principal, action, ${one}`});`,
      ]),
    ),
  )
  const entities = [
    { uid: user('ada'), attrs: {}, parents: [{ type: 'Team', id: 's' }] },
    { uid: { type: 'Team', id: 's' }, attrs: {}, parents: [{ type: 'Team', id: 't' }] },
  ]
  const question = { policies, entities, requests: [request, { ...request, resource: user('ada'), principal: user('eve') }] }
  expect(ours(question)).toEqual(theirs(question))
})

test('A template decides by its links alone, and each link has the annotations of its template', () => {
  const policies = {
    static: 'permit (principal == User::"root", action, resource);',
    share: '@why("shared") permit (principal == ?principal, action, resource in ?resource) when { !context.offline };',
  }
  const values = { '?principal': user('ada'), '?resource': { type: 'Doc', id: 'd' } }
  const set = compile(policies, { links: [{ template: 'share', id: 'ada-d', values }] })
  expect(set.ids).toEqual(['static', 'ada-d'])
  expect(set.annotations('ada-d')).toEqual({ why: 'shared' })
  expect(set.authorize({ ...request, context: { offline: false } }, [])).toEqual({ decision: 'allow', reasons: ['ada-d'], errors: [] })
  expect(set.authorize({ ...request, principal: user('eve') }, []).decision).toBe('deny')
  expect(compile(policies).authorize(request, [])).toEqual({ decision: 'deny', reasons: [], errors: [] })
})

test('A link that does not fit its template is refused', () => {
  const policies = { p: 'permit (principal, action, resource);', t: 'permit (principal == ?principal, action, resource);' }
  const values = { '?principal': user('ada') }
  expect(() => compile(policies, { links: [{ template: 'p', id: 'l', values }] })).toThrow('names `p`, which is not a template')
  expect(() => compile(policies, { links: [{ template: 't', id: 'p', values }] })).toThrow('the policy id `p` is taken')
  expect(() => compile(policies, { links: [{ template: 't', id: 'l', values: {} }] })).toThrow('no value for the slot `?principal`')
  expect(() => compile(policies, { links: [{ template: 't', id: 'l', values: { ...values, '?resource': user('x') } }] })).toThrow(
    '`?resource`, which its template does not have',
  )
})

test('Policies and templates of one text are numbered as they stand', () => {
  const filler = Array.from({ length: 11 }, (_, index) => `permit (principal == User::"u${index}", action, resource);`).join('\n')
  const set = compile(
    `${filler}\n// a template\npermit (principal == ?principal, action, resource);\npermit (principal == User::"last", action, resource);`,
    {
      links: [{ template: 'policy11', id: 'linked', values: { '?principal': user('ada') } }],
    },
  )
  expect(set.authorize(request, []).reasons).toEqual(['linked'])
  expect(set.authorize({ ...request, principal: user('last') }, []).reasons).toEqual(['policy12'])
  expect(set.authorize({ ...request, principal: user('u10') }, []).reasons).toEqual(['policy10'])
})

test('Entities change in place, and the next decision sees it', () => {
  const set = compile({
    member: 'permit (principal in Team::"top", action, resource);',
    attribute: 'permit (principal, action, resource) when { principal has level && principal.level > 1 };',
    tag: 'permit (principal, action, resource) when { principal.hasTag("k") && principal.getTag("k") == "v" };',
  })
  const entities = new Entities([{ uid: user('ada'), attrs: {}, parents: [{ type: 'Team', id: 'mid' }] }])
  const reasons = (): readonly string[] => set.authorize(request, entities).reasons
  expect(reasons()).toEqual([])
  entities.set({ uid: { type: 'Team', id: 'mid' }, attrs: {}, parents: [{ type: 'Team', id: 'top' }] })
  expect(reasons()).toEqual(['member'])
  entities.setAttribute(user('ada'), 'level', 2)
  entities.setTag(user('ada'), 'k', 'v')
  expect(reasons()).toEqual(['member', 'attribute', 'tag'])
  entities.setParents(user('ada'), [])
  entities.setAttribute(user('ada'), 'level', undefined)
  expect(reasons()).toEqual(['tag'])
  entities.setParents(user('ada'), [{ type: 'Team', id: 'mid' }])
  expect(() => entities.setParents({ type: 'Team', id: 'mid' }, [user('ada')])).toThrow('in itself')
  expect(reasons()).toEqual(['member', 'tag'])
  expect(entities.delete({ type: 'Team', id: 'mid' })).toBe(true)
  expect(entities.delete({ type: 'Team', id: 'mid' })).toBe(false)
  expect(reasons()).toEqual(['tag'])
  expect(() => entities.setTag(user('eve'), 'k', 'v')).toThrow('there is no entity `User::"eve"`')
})

test('`parsePolicies` places stay true, and errors of policies come with the policy and the place', () => {
  const error = (() => {
    try {
      compile({ good: 'permit (principal, action, resource);', bad: 'permit (principal, action, resourc);' })
    } catch (thrown) {
      return thrown
    }
    return null
  })()
  expect(error).toBeInstanceOf(CedarError)
  expect((error as CedarError).findings[0]).toMatchObject({ policy: 'bad', start: 27 })
})
