// What the package does in Node and in a browser must be the same: this prints one line that says it all.
import { CedarError, compile, Entities, parsePolicies } from '@bailiwick/cedar'

const schema = `
  entity Team;
  entity User in [Team] { level: Long };
  entity Doc { owner: User, tags: Set<String> };
  action read appliesTo { principal: User, resource: Doc, context: { from: ipaddr, at: datetime, path: String } };
`
const policies = {
  inside: `permit (principal in Team::"staff", action == Action::"read", resource) when { context.from.isInRange(ip("10.0.0.0/8")) };`,
  owner: `permit (principal, action == Action::"read", resource) when { resource.owner == principal && context.path like "/srv/*.csv" };`,
  late: `forbid (principal, action == Action::"read", resource) when { context.at > datetime("2026-06-01") && !resource.tags.contains("open") };`,
  big: `forbid (principal, action == Action::"read", resource) when { principal.level + 9223372036854775807 < 0 };`,
}
const [ada, doc] = [
  { type: 'User', id: 'ada' },
  { type: 'Doc', id: 'plan' },
]
const entities = new Entities(
  [
    { uid: ada, attrs: { level: 0 }, parents: [{ type: 'Team', id: 'staff' }] },
    { uid: doc, attrs: { owner: ada, tags: ['draft'] }, parents: [] },
  ],
  { schema },
)
const request = {
  principal: ada,
  action: { type: 'Action', id: 'read' },
  resource: doc,
  context: { from: '10.1.2.3', at: '2026-01-02', path: '/srv/a.csv' },
}
const refusal = (work) => {
  try {
    return ['not refused', work()]
  } catch (error) {
    return [error instanceof CedarError, error.message, error.findings]
  }
}

const set = compile(policies, { schema })
const first = set.authorize(request, entities)
const second = set.authorize({ ...request, context: { ...request.context, at: '2026-07-01' } }, entities)
entities.setAttribute(doc, 'tags', ['open'])
entities.setAttribute(ada, 'level', 1)
const third = set.authorize({ ...request, context: { ...request.context, from: '192.168.0.1', at: '2026-07-01' } }, entities)
console.log(
  JSON.stringify([
    [first, second, third],
    parsePolicies(Object.values(policies).join('\n')).map(({ offset, effect }) => [offset, effect]),
    refusal(() => compile('permit (principal, action, resource')),
    refusal(() => compile('permit (principal, action, resource) when { principal.age > 3 };', { schema })),
    refusal(() => set.authorize({ ...request, context: {} }, entities)),
    refusal(() => entities.setParents(ada, [ada])),
  ]),
)
