// The examples of the Dogwood guide (temporal expressions, macros, event schema, getting started), each told in our own words, with a
// trace of its own. Where Dogwood permits when a condition holds, ours forbids unless it does: the contract is the permit here.
import { expect, test } from 'vitest'
import { answers, desk } from './desk.ts'
import type { Step } from './desk.ts'

const ann = { user: 'ann' }
const bob = { user: 'bob' }
const day = 86_400

/** A policy that lets calls of a tool through only when a condition holds. */
function only(tool: string, condition: string): string {
  return `forbid(principal, action == Action::"desk.${tool}", resource) unless { ${condition} };\n`
}

interface Example {
  readonly facts: string
  readonly policies: string
  readonly trace: readonly Step[]
}

const examples: Readonly<Record<string, Example>> = {
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
  'Exactly two logins at the server.': {
    facts: '  logins: { count: desk.login, same: [input.server], within: 1h }',
    policies: only('alert', 'context.facts.logins == 2'),
    trace: [
      { at: 0, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 1, tool: 'alert', input: { server: 's1' }, expect: 'deny' },
      { at: 2, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 3, tool: 'alert', input: { server: 's1' } },
      { at: 4, tool: 'login', input: { ...bob, server: 's1' } },
      { at: 5, tool: 'alert', input: { server: 's1' }, expect: 'deny' },
      { at: 3601, tool: 'alert', input: { server: 's1' } },
    ],
  },
  'Transfers are pending: fewer have come back than were begun.': {
    facts: '  begun: { count: desk.transfer, within: 1h }\n  back: { count: { tool: desk.transfer, outcome: any }, within: 1h }',
    policies: only('alert', 'context.facts.back < context.facts.begun'),
    trace: [
      { at: 0, tool: 'transfer' },
      { at: 1, tool: 'alert', expect: 'deny' },
      { at: 2, tool: 'transfer', output: null },
      { at: 3, tool: 'alert' },
    ],
  },
  'Exactly three transfers, of whatever amount.': {
    facts: '  transfers: { count: desk.transfer, within: 1h }',
    policies: only('alert', 'context.facts.transfers == 3'),
    trace: [
      { at: 0, tool: 'transfer', input: { amount: 1 } },
      { at: 0, tool: 'transfer', input: { amount: 1 } },
      { at: 0, tool: 'alert', expect: 'deny' },
      { at: 0, tool: 'transfer', input: { amount: 7 } },
      { at: 0, tool: 'alert' },
    ],
  },
  'No read once more than 1,000 has come back from this user’s transfers; equal amounts count each time.': {
    facts:
      '  moved: { sum: { tool: desk.transfer, outcome: ok, where: { output.amount: { range: { min: 0 } } } }, of: output.amount, same: [input.user], within: 1h }',
    policies: 'forbid(principal, action == Action::"desk.read", resource) when { context.facts.moved.greaterThan(decimal("1000.0")) };',
    trace: [
      { at: 0, tool: 'transfer', input: ann, output: { amount: 400 } },
      { at: 1, tool: 'transfer', input: ann, output: { amount: 400 } },
      { at: 2, tool: 'transfer', input: bob, output: { amount: 900 } },
      { at: 3, tool: 'transfer', input: ann, output: { amount: -50 } },
      { at: 4, tool: 'read', input: ann },
      { at: 5, tool: 'transfer', input: ann, output: { amount: 400 } },
      { at: 6, tool: 'read', input: ann, expect: 'deny' },
      { at: 7, tool: 'read', input: bob },
      { at: 3601, tool: 'read', input: ann },
    ],
  },
  'Only amounts between 100 and 500 are added up.': {
    facts: '  middling: { sum: { tool: desk.transfer, where: { input.amount: { range: [101, 499] } } }, of: input.amount, within: 1h }',
    policies: only('alert', 'context.facts.middling > 500'),
    trace: [
      { at: 0, tool: 'transfer', input: { amount: 500 } },
      { at: 1, tool: 'transfer', input: { amount: 100 } },
      { at: 2, tool: 'transfer', input: { amount: 300 } },
      { at: 3, tool: 'alert', expect: 'deny' },
      { at: 4, tool: 'transfer', input: { amount: 300 } },
      { at: 5, tool: 'alert' },
    ],
  },
  'Once within a window, as a named fact that several policies share.': {
    facts: '  read_it: { formerly: desk.read, same: [input.document], within: 1h }',
    policies: only('write', 'context.facts.read_it') + only('transfer', 'context.facts.read_it'),
    trace: [
      { at: 0, tool: 'read', input: { document: 'd1' } },
      { at: 1, tool: 'write', input: { document: 'd1' } },
      { at: 2, tool: 'transfer', input: { document: 'd1' } },
      { at: 3, tool: 'transfer', input: { document: 'd2' }, expect: 'deny' },
    ],
  },
  'Recently logged in, and recently read: two facts in one condition.': {
    facts:
      '  logged_in: { formerly: desk.login, same: [input.user], within: 1h }\n  read_it: { formerly: desk.read, same: [input.user, input.document], within: 1h }',
    policies: only('write', 'context.facts.logged_in && context.facts.read_it'),
    trace: [
      { at: 0, tool: 'read', input: { ...ann, document: 'd' } },
      { at: 1, tool: 'write', input: { ...ann, document: 'd' }, expect: 'deny' },
      { at: 2, tool: 'login', input: ann },
      { at: 3, tool: 'write', input: { ...ann, document: 'd' } },
    ],
  },
  'A total over 100 within the window.': {
    facts: '  total: { sum: desk.transfer, of: input.amount, within: 1h }',
    policies: only('alert', 'context.facts.total > 100'),
    trace: [
      { at: 0, tool: 'transfer', input: { ...ann, amount: 60 } },
      { at: 1, tool: 'alert', expect: 'deny' },
      { at: 2, tool: 'transfer', input: { ...bob, amount: 60 } },
      { at: 3, tool: 'alert' },
      { at: 3601, tool: 'alert', expect: 'deny' },
    ],
  },
  'More than two different users at the server.': {
    facts: '  users: { distinct: desk.login, of: input.user, same: [input.server], within: 1h }',
    policies: only('alert', 'context.facts.users > 2'),
    trace: [
      { at: 0, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 1, tool: 'login', input: { ...ann, server: 's1' } },
      { at: 2, tool: 'login', input: { ...bob, server: 's1' } },
      { at: 3, tool: 'alert', input: { server: 's1' }, expect: 'deny' },
      { at: 4, tool: 'login', input: { user: 'eve', server: 's1' } },
      { at: 5, tool: 'alert', input: { server: 's1' } },
    ],
  },
  'Some user has logged in twice: the count of whoever has most.': {
    facts: '  most: { count: desk.login, by: input.user, within: 1h }',
    policies: only('alert', 'context.facts.most >= 2'),
    trace: [
      { at: 0, tool: 'login', input: ann },
      { at: 1, tool: 'login', input: bob },
      { at: 2, tool: 'alert', expect: 'deny' },
      { at: 3, tool: 'login', input: ann },
      { at: 4, tool: 'alert' },
    ],
  },
  'An approval of the same document with the status that is asked for: a pattern refined.': {
    facts: '  approved: { formerly: { tool: desk.approve, where: { input.status: approved } }, same: [input.document], within: 1h }',
    policies: only('write', 'context.facts.approved'),
    trace: [
      { at: 0, tool: 'approve', input: { document: 'd', status: 'rejected' } },
      { at: 1, tool: 'write', input: { document: 'd' }, expect: 'deny' },
      { at: 2, tool: 'approve', input: { document: 'd', status: 'approved' } },
      { at: 3, tool: 'write', input: { document: 'd' } },
    ],
  },
  'In the same session, among several of one agent.': {
    facts:
      '  here: { formerly: desk.login, same: [session], over: agent, within: 1h }\n  anywhere: { formerly: desk.login, over: agent, within: 1h }',
    policies: only('read', 'context.facts.here') + only('write', 'context.facts.anywhere'),
    trace: [
      { at: 0, tool: 'login', session: 'ses_1' },
      { at: 1, tool: 'read', session: 'ses_2', expect: 'deny' },
      { at: 2, tool: 'write', session: 'ses_2' },
      { at: 3, tool: 'read', session: 'ses_1' },
    ],
  },
  'The past and the form of an argument in one condition.': {
    facts: '  approved: { formerly: desk.approve, same: [input.ticker], within: 1h }',
    policies: only('sell', 'context.facts.approved && context.input has ticker && !(context.input.ticker like "*-TEST")'),
    trace: [
      { at: 0, tool: 'approve', input: { ticker: 'ACME' } },
      { at: 1, tool: 'approve', input: { ticker: 'X-TEST' } },
      { at: 2, tool: 'sell', input: { ticker: 'ACME' } },
      { at: 3, tool: 'sell', input: { ticker: 'X-TEST' }, expect: 'deny' },
      { at: 4, tool: 'sell', input: { ticker: 'OTHER' }, expect: 'deny' },
    ],
  },
  'A window of a week.': {
    facts: '  logged_in: { formerly: desk.login, within: 7d }',
    policies: only('read', 'context.facts.logged_in'),
    trace: [
      { at: 0, tool: 'login' },
      { at: 7 * day, tool: 'read' },
      { at: 7 * day + 1, tool: 'read', expect: 'deny' },
    ],
  },
  'Logged in and not logged out within the hour, whatever the order.': {
    facts:
      '  logged_in: { formerly: desk.login, same: [input.user], within: 1h }\n  out: { formerly: desk.logout, same: [input.user], within: 1h }',
    policies: only('read', 'context.facts.logged_in && !context.facts.out'),
    trace: [
      { at: 0, tool: 'logout', input: ann },
      { at: 1, tool: 'login', input: ann },
      { at: 2, tool: 'read', input: ann, expect: 'deny' },
      { at: 3601, tool: 'read', input: ann },
    ],
  },
  'What was true when something happened: a fact inside a fact.': {
    facts:
      '  open: { since: desk.login, never: desk.logout, within: 1h }\n  read_when_open: { formerly: { tool: desk.read, where: { facts.open: true } }, within: 1h }',
    policies: only('write', 'context.facts.read_when_open'),
    trace: [
      { at: 0, tool: 'read' },
      { at: 1, tool: 'login' },
      { at: 2, tool: 'write', expect: 'deny' },
      { at: 3, tool: 'read' },
      { at: 4, tool: 'logout' },
      { at: 5, tool: 'write' },
    ],
  },
  'Transfers under way count against the limit of an hour before any of them has come back.': {
    facts: '  moved: { sum: desk.transfer, of: input.amount, within: 1h }',
    policies: only('transfer', 'context.input has amount && context.facts.moved + context.input.amount <= 5000'),
    trace: [
      { at: 0, tool: 'transfer', input: { amount: 2000 }, output: null },
      { at: 0, tool: 'transfer', input: { amount: 2000 }, output: null },
      { at: 0, tool: 'transfer', input: { amount: 2000 }, output: null, expect: 'deny' },
      { at: 0, tool: 'transfer', input: { amount: 1000 }, output: null },
      { at: 3601, tool: 'transfer', input: { amount: 5000 }, output: null },
    ],
  },
  'Nothing more is sold after a failure.': {
    facts: '  failed: { formerly: { tool: desk.sell, outcome: error }, within: 1h }',
    policies: 'forbid(principal, action == Action::"desk.sell", resource) when { context.facts.failed };',
    trace: [
      { at: 0, tool: 'sell' },
      { at: 1, tool: 'sell', status: 'error' },
      { at: 2, tool: 'sell', expect: 'deny' },
    ],
  },
}

for (const [saying, { facts, policies, trace }] of Object.entries(examples))
  test(`By the guide: ${saying}`, () => {
    const { found, expected } = answers(desk(facts === '' ? '  {}' : facts, policies), trace)
    expect(found).toEqual(expected)
  })
