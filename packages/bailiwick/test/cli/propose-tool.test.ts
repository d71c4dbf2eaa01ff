import { expect, test } from 'vitest'
import { proposeTool } from '../../src/cli/init/propose-tool.ts'
import type { JsonObject } from '../../src/model/json.ts'

function proposal(name: string, args: Readonly<Record<string, JsonObject>> = {}, annotations?: JsonObject): ReturnType<typeof proposeTool> {
  return proposeTool({ name, inputSchema: { type: 'object', properties: args }, ...(annotations === undefined ? {} : { annotations }) })
}

const text = { type: 'string' }

test.each([
  ['get_weather', 'read'],
  ['list_messages', 'read'],
  ['getOrder', 'read'],
  ['send', 'external'],
  ['slack_post_message', 'external'],
  ['message_delete', 'destructive'],
  ['read_and_delete', 'destructive'],
  ['create_issue', 'write'],
  ['deleteAllUsers', 'destructive'],
  ['frobnicate', 'destructive'],
  ['run', 'destructive'],
])('Without hints, `%s` is proposed as %s.', (name, effect) => {
  expect(proposal(name).effect).toBe(effect)
})

test('What a server says of its tool is taken where nothing contradicts it.', () => {
  expect(proposal('frobnicate', {}, { readOnlyHint: true }).effect).toBe('read')
  expect(proposal('frobnicate', {}, { destructiveHint: false, openWorldHint: false }).effect).toBe('write')
  expect(proposal('frobnicate', {}, { destructiveHint: false, openWorldHint: true }).effect).toBe('external')
  expect(proposal('get_x', {}, { destructiveHint: true }).effect).toBe('destructive')
  expect(proposal('set_x', {}, { readOnlyHint: false }).effect).toBe('destructive')
})

test('A tool whose name or arguments contradict that it only reads is proposed as the stricter.', () => {
  expect(proposal('delete_everything', {}, { readOnlyHint: true })).toMatchObject({
    effect: 'destructive',
    why: expect.stringContaining('though its server says that it only reads') as string,
  })
  expect(proposal('lookup', { cmd: text }, { readOnlyHint: true }).effect).toBe('destructive')
  expect(proposal('get_page', { url: text }, { readOnlyHint: true }).effect).toBe('external')
  expect(proposal('query', { sql: text }).effect).toBe('destructive')
  expect(proposal('query', { sql: text }, { readOnlyHint: true }).effect).toBe('read')
})

test('Arguments become sinks by the last word of their names and by their types.', () => {
  const args = {
    to: text,
    recipient_email: text,
    cc: { type: 'array', items: text },
    url: text,
    filePath: text,
    paths: { type: 'array', items: text },
    cmd: text,
    sql: text,
    iban: text,
    account_number: text,
    amount: { type: 'number' },
    body: text,
    message: text,
    content_type: text,
    message_id: text,
    path: { type: 'boolean' },
    profile: text,
  }
  expect(Object.fromEntries(proposal('x', args).sinks)).toEqual({
    to: 'recipient',
    recipient_email: 'recipient',
    cc: 'recipient',
    url: 'url',
    filePath: 'path',
    paths: 'path',
    cmd: 'command',
    sql: 'query',
    iban: 'account',
    account_number: 'account',
    amount: 'amount',
    body: 'content',
    message: 'content',
  })
})

test('Results that strangers may have written are proposed as untrusted.', () => {
  expect([...proposal('list_messages').labels.keys()]).toEqual(['untrusted'])
  expect([...proposal('read', { path: text }).labels.keys()]).toEqual(['untrusted'])
  expect([...proposal('get_customer', {}, { openWorldHint: false }).labels.keys()]).toEqual(['pii'])
  expect([...proposal('get_time', {}, { openWorldHint: false }).labels.keys()]).toEqual([])
})
