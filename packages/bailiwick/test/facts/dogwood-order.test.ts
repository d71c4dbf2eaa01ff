// The examples of the Dogwood guide about what happened, and in which order.
import { only, testExamples } from './dogwood-example.ts'

const ann = { user: 'ann' }
const bob = { user: 'bob' }

testExamples({
  'A read needs a login of the same user within the hour.': {
    facts: '  logged_in: { formerly: desk.login, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.logged_in'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 10, tool: 'read', input: ann },
      { at: 11, tool: 'read', input: bob, expect: 'deny' },
      { at: 3600, tool: 'read', input: ann },
      { at: 3601, tool: 'read', input: ann, expect: 'deny' },
      { at: 7200, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'A document is written only by who has read that document within the hour.': {
    facts: '  read_it: { formerly: desk.read, same: [input.user, input.document], within: 1h }',
    policies: only('write', 'context.facts.read_it'),
    trace: [
      { at: 0, tool: 'write', input: { ...ann, document: 'd1' }, expect: 'deny' },
      { at: 1, tool: 'read', input: { ...ann, document: 'd1' } },
      { at: 2, tool: 'write', input: { ...ann, document: 'd1' } },
      { at: 3, tool: 'write', input: { ...ann, document: 'd2' }, expect: 'deny' },
      { at: 4, tool: 'write', input: { ...bob, document: 'd1' }, expect: 'deny' },
    ],
  },
  'A read needs a login that succeeded, by what the login gave back.': {
    facts: '  logged_in: { formerly: { tool: desk.login, outcome: ok, where: { output.result: true } }, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.logged_in'),
    trace: [
      { at: 0, tool: 'login', input: ann, output: { result: false } },
      { at: 1, tool: 'read', input: ann, expect: 'deny' },
      { at: 2, tool: 'login', input: ann, output: { result: true }, status: 'error' },
      { at: 3, tool: 'read', input: ann, expect: 'deny' },
      { at: 4, tool: 'login', input: ann, output: null },
      { at: 5, tool: 'read', input: ann, expect: 'deny' },
      { at: 6, tool: 'login', input: ann, output: { result: true } },
      { at: 7, tool: 'read', input: ann },
    ],
  },
  'An attempt counts even if it was refused.': {
    facts: '  tried: { formerly: { tool: desk.login, response: any }, same: [input.user], within: 1h }',
    policies: `${only('read', 'context.facts.tried')} forbid(principal, action == Action::"desk.login", resource) when { context.input has user && context.input.user == "ann" };`,
    trace: [
      { at: 0, tool: 'read', input: ann, expect: 'deny' },
      { at: 1, tool: 'login', input: ann, expect: 'deny' },
      { at: 2, tool: 'read', input: ann },
    ],
  },
  'A heartbeat of the same agent on the same server.': {
    facts: '  alive: { formerly: desk.heartbeat, same: [input.server], over: agent, within: 1h }',
    policies: only('alert', 'context.facts.alive'),
    trace: [
      { at: 0, tool: 'heartbeat', input: { server: 's1' }, session: 'ses_1' },
      { at: 1, tool: 'alert', input: { server: 's1' }, session: 'ses_2' },
      { at: 2, tool: 'alert', input: { server: 's2' }, session: 'ses_1', expect: 'deny' },
      { at: 3, tool: 'alert', input: { server: 's1' }, agent: 'helper', session: 'ses_3', expect: 'deny' },
    ],
  },
  'The call right before was a login of the same user.': {
    facts: '  just_in: { previous: desk.login, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.just_in'),
    trace: [
      { at: 0, tool: 'read', input: ann, expect: 'deny' },
      { at: 1, tool: 'login', input: ann },
      { at: 2, tool: 'read', input: ann },
      { at: 3, tool: 'read', input: ann, expect: 'deny' },
      { at: 4, tool: 'login', input: ann },
      { at: 5, tool: 'heartbeat' },
      { at: 6, tool: 'read', input: ann, expect: 'deny' },
      { at: 7, tool: 'login', input: ann },
      { at: 3608, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'The last thing that came back was a login that succeeded.': {
    facts: '  just_in: { previous: { tool: desk.login, outcome: ok, where: { output.result: true } }, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.just_in'),
    trace: [
      { at: 0, tool: 'login', input: ann, output: { result: true } },
      { at: 1, tool: 'compute', output: null },
      { at: 2, tool: 'read', input: ann },
      { at: 3, tool: 'read', input: ann, expect: 'deny' },
      { at: 4, tool: 'login', input: ann, output: { result: false } },
      { at: 5, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'The call right before was this user at that server: several conditions on one event.': {
    facts: '  from_s1: { previous: { tool: desk.login, where: { input.server: s1 } }, same: [input.user], within: 2h }',
    policies: only('read', 'context.facts.from_s1'),
    trace: [
      { at: 0, tool: 'login', input: { ...ann, server: 's2' } },
      { at: 1, tool: 'read', input: ann, expect: 'deny' },
      { at: 2, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 3, tool: 'read', input: ann },
    ],
  },
  'Nothing but logins of this user since a login of this user.': {
    facts: '  only_logins: { since: desk.login, always: desk.login, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.only_logins'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 1, tool: 'login', input: ann },
      { at: 2, tool: 'read', input: ann },
      { at: 3, tool: 'read', input: ann, expect: 'deny' },
      { at: 4, tool: 'login', input: ann },
      { at: 5, tool: 'login', input: bob },
      { at: 6, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'Access stands while it was granted and not revoked since, for this user and this document.': {
    facts: '  granted: { since: desk.grant, never: desk.revoke, same: [input.user, input.document], within: 1h }',
    policies: only('read', 'context.facts.granted'),
    trace: [
      { at: 0, tool: 'grant', input: { ...ann, document: 'd1' } },
      { at: 1, tool: 'read', input: { ...ann, document: 'd1' } },
      { at: 2, tool: 'revoke', input: { ...ann, document: 'd2' } },
      { at: 3, tool: 'revoke', input: { ...bob, document: 'd1' } },
      { at: 4, tool: 'read', input: { ...ann, document: 'd1' } },
      { at: 5, tool: 'revoke', input: { ...ann, document: 'd1' } },
      { at: 6, tool: 'read', input: { ...ann, document: 'd1' }, expect: 'deny' },
      { at: 7, tool: 'grant', input: { ...ann, document: 'd1' } },
      { at: 8, tool: 'read', input: { ...ann, document: 'd1' } },
      { at: 3608, tool: 'read', input: { ...ann, document: 'd1' }, expect: 'deny' },
    ],
  },
  'Heartbeats of this user have followed its login without a gap, and the login is not older than 30 seconds.': {
    facts: '  beating: { since: desk.login, always: desk.heartbeat, same: [input.user], within: 30s }',
    policies: only('read', 'context.facts.beating'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 10, tool: 'heartbeat', input: ann },
      { at: 20, tool: 'heartbeat', input: ann },
      { at: 30, tool: 'read', input: ann },
      { at: 40, tool: 'login', input: ann },
      { at: 50, tool: 'heartbeat', input: ann },
      { at: 71, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'After a logout nothing until the next login.': {
    facts: '  open: { since: desk.login, never: desk.logout, same: [input.user], within: 1d }',
    policies: only('write', 'context.facts.open'),
    trace: [
      { at: 0, tool: 'write', input: ann, expect: 'deny' },
      { at: 1, tool: 'login', input: ann },
      { at: 2, tool: 'write', input: ann },
      { at: 3, tool: 'logout', input: ann },
      { at: 4, tool: 'write', input: ann, expect: 'deny' },
      { at: 5, tool: 'login', input: ann },
      { at: 6, tool: 'write', input: ann },
    ],
  },
  'A heartbeat lately, and more than two logins at the server.': {
    facts:
      '  alive: { formerly: desk.heartbeat, same: [input.server], within: 1h }\n  logins: { count: desk.login, same: [input.server], within: 1h }',
    policies: only('alert', 'context.facts.alive && context.facts.logins > 2'),
    trace: [
      { at: 0, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 1, tool: 'login', input: { ...bob, server: 's1' } },
      { at: 2, tool: 'login', input: { ...ann, server: 's2' } },
      { at: 3, tool: 'heartbeat', input: { server: 's1' } },
      { at: 4, tool: 'alert', input: { server: 's1' }, expect: 'deny' },
      { at: 5, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 6, tool: 'alert', input: { server: 's1' } },
      { at: 7, tool: 'alert', input: { server: 's2' }, expect: 'deny' },
    ],
  },
  'A computation right before, inside an open session.': {
    facts:
      '  computed: { previous: desk.compute, same: [input.user], within: 1h }\n  open: { since: desk.login, never: desk.logout, same: [input.user], within: 24h }',
    policies: only('read', 'context.facts.computed && context.facts.open'),
    trace: [
      { at: 0, tool: 'compute', input: ann },
      { at: 1, tool: 'read', input: ann, expect: 'deny' },
      { at: 2, tool: 'login', input: ann },
      { at: 3, tool: 'read', input: ann, expect: 'deny' },
      { at: 4, tool: 'compute', input: ann },
      { at: 5, tool: 'read', input: ann },
      { at: 6, tool: 'logout', input: ann },
      { at: 7, tool: 'compute', input: ann },
      { at: 8, tool: 'read', input: ann, expect: 'deny' },
    ],
  },
  'Somebody, whoever it was, has logged in at this server.': {
    facts: '  someone: { formerly: desk.login, same: [input.server], within: 1h }',
    policies: only('alert', 'context.facts.someone'),
    trace: [
      { at: 0, tool: 'alert', input: { server: 's1' }, expect: 'deny' },
      { at: 1, tool: 'login', input: { ...bob, server: 's1' } },
      { at: 2, tool: 'alert', input: { server: 's1' } },
    ],
  },
  'One and the same user has logged in and transferred.': {
    facts: '  same_user: { formerly: desk.login, and: [desk.transfer], by: input.user, within: 1h }',
    policies: only('alert', 'context.facts.same_user'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 1, tool: 'transfer', input: bob },
      { at: 2, tool: 'alert', expect: 'deny' },
      { at: 3, tool: 'transfer', input: ann },
      { at: 4, tool: 'alert' },
      { at: 3601, tool: 'alert', expect: 'deny' },
    ],
  },
  'One and the same user has logged in and transferred more than 100.': {
    facts: `  big: { formerly: desk.login, and: [{ tool: desk.transfer, where: { input.amount: { range: { min: 101 } } } }], by: input.user, within: 1h }`,
    policies: only('alert', 'context.facts.big'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 1, tool: 'transfer', input: { ...ann, amount: 100 } },
      { at: 2, tool: 'transfer', input: { ...bob, amount: 500 } },
      { at: 3, tool: 'alert', expect: 'deny' },
      { at: 4, tool: 'transfer', input: { ...ann, amount: 101 } },
      { at: 5, tool: 'alert' },
    ],
  },
  'One user has logged in, and one, perhaps another, has transferred.': {
    facts: '  login: { formerly: desk.login, within: 1h }\n  transfer: { formerly: desk.transfer, within: 1h }',
    policies: only('alert', 'context.facts.login && context.facts.transfer'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 1, tool: 'alert', expect: 'deny' },
      { at: 2, tool: 'transfer', input: bob },
      { at: 3, tool: 'alert' },
    ],
  },
  'One and the same agent has logged in and was refused.': {
    facts: '  suspect: { formerly: desk.login, and: [{ response: deny }], by: agent, over: person, within: 1h }',
    policies: `${only('alert', 'context.facts.suspect')} forbid(principal, action == Action::"desk.sell", resource);`,
    trace: [
      { at: 0, tool: 'login', agent: 'clerk' },
      { at: 1, tool: 'sell', agent: 'helper', session: 'ses_2', expect: 'deny' },
      { at: 2, tool: 'heartbeat', agent: 'helper', session: 'ses_2' },
      { at: 3, tool: 'login', agent: 'helper', session: 'ses_2' },
      { at: 4, tool: 'alert', agent: 'clerk' },
    ],
  },
  'What the call at hand says of itself needs no fact.': {
    facts: '',
    policies: only('transfer', 'context.input has amount && context.input.amount > 200'),
    trace: [
      { at: 0, tool: 'transfer', input: { amount: 200 }, expect: 'deny' },
      { at: 1, tool: 'transfer', input: { amount: 201 } },
    ],
  },
})
