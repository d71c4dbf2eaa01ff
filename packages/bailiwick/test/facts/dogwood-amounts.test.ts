// The examples of the Dogwood guide about how often and how much, and about facts in company (macros, windows, sessions).
import { only, testExamples } from './dogwood-example.ts'

const ann = { user: 'ann' }
const bob = { user: 'bob' }
const day = 86_400

testExamples({
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
})
