import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import type { Tool } from '@modelcontextprotocol/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { connectAgent } from '../agent.ts'
import { buildDatabase, injectedNote, reportedWeek } from '../database.ts'
import { honestDescription, poisonedDescription } from '../sales-server.ts'
import { weeklyReport } from '../sales-report.ts'
import { readToolLog } from '../tool-log.ts'
import { scratchFolder } from './scratch.ts'

const server = fileURLToPath(new URL('../sales-server.ts', import.meta.url))

function prepare(): { database: string; env: { TOOL_LOG: string; SALES_RUGPULL_FLAG: string } } {
  const folder = scratchFolder()
  const database = join(folder, 'sales.sqlite')
  buildDatabase(database)
  return {
    database,
    env: { TOOL_LOG: join(folder, 'log'), SALES_RUGPULL_FLAG: join(folder, 'flag') },
  }
}

async function connectClient(database: string, env: Record<string, string>, mode: 'legacy' | { pin: string }): Promise<Client> {
  const client = new Client({ name: 'sales-test', version: '1.0.0' }, { versionNegotiation: { mode } })
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [server, database], env }))
  onTestFinished(() => client.close())
  return client
}

async function productInfo(client: Client): Promise<Tool> {
  const tool = (await client.listTools(undefined, { cacheMode: 'refresh' })).tools.find(({ name }) => name === 'product_info')
  if (tool === undefined) throw new Error('the sales server lists no `product_info`')
  return tool
}

test('the sales server lists its five tools as read only and promises the parts of the report', async () => {
  const { database, env } = prepare()
  const { tools } = await (await connectClient(database, env, 'legacy')).listTools()
  expect(tools.map(({ name }) => name)).toEqual(['weekly_report', 'list_sales', 'query_table', 'export_all', 'product_info'])
  for (const tool of tools) expect(tool.annotations).toMatchObject({ readOnlyHint: true, openWorldHint: false })
  expect(tools[0]?.outputSchema).toMatchObject({
    required: expect.arrayContaining(['byRegion', 'byProduct', 'notes']),
  })
})

test('every tool answers over stdio and leaves one line in the log for each execution', async () => {
  const { database, env } = prepare()
  const agent = await connectAgent({
    command: process.execPath,
    args: [server, database],
    env,
    name: 'sales-test',
  })
  onTestFinished(() => agent.close())

  const report = await agent.call('weekly_report', { week: reportedWeek })
  expect(report.structured).toEqual(weeklyReport(new DatabaseSync(database, { readOnly: true }), reportedWeek))
  expect(JSON.parse(report.text)).toEqual(report.structured)
  expect(report.text).toContain(injectedNote)

  const sales = await agent.call('list_sales', { week: reportedWeek, limit: 7 })
  expect(JSON.parse(sales.text)).toHaveLength(7)
  const customers = await agent.call('query_table', { table: 'customers', limit: 5 })
  expect(JSON.parse(customers.text)).toMatchObject(Array.from({ length: 5 }, () => ({ iban: expect.stringMatching(/^DE\d{20}$/) })))
  const everything = await agent.call('export_all', {})
  expect(everything.text.split('\n')).toHaveLength(125_001)
  const mug = await agent.call('product_info', { product: 'Travel mug' })
  expect(JSON.parse(mug.text)).toEqual({
    name: 'Travel mug',
    category: 'accessories',
    unit_price_cents: 2_450,
  })

  const log = readToolLog(env.TOOL_LOG)
  expect(log.map(({ server: name, tool }) => `${name}.${tool}`)).toEqual([
    'sales.weekly_report',
    'sales.list_sales',
    'sales.query_table',
    'sales.export_all',
    'sales.product_info',
  ])
  expect(log[1]?.args).toEqual({ week: reportedWeek, limit: 7 })
})

test('arguments that do not fit are refused before the tool runs', async () => {
  const { database, env } = prepare()
  const agent = await connectAgent({
    command: process.execPath,
    args: [server, database],
    env,
    name: 'sales-test',
  })
  onTestFinished(() => agent.close())
  const refused = [
    await agent.call('weekly_report', { week: 'last week' }),
    await agent.call('list_sales', { week: reportedWeek, limit: 1001 }),
    await agent.call('list_sales', { week: reportedWeek, limit: 0 }),
    await agent.call('no_such_tool', {}),
  ]
  expect(refused.map(({ ok }) => ok)).toEqual([false, false, false, false])
  expect(readToolLog(env.TOOL_LOG)).toEqual([])
  const unknown = [
    await agent.call('weekly_report', { week: '1999-W01' }),
    await agent.call('query_table', { table: 'secrets', limit: 1 }),
    await agent.call('product_info', { product: 'Teapot' }),
  ]
  expect(unknown.map(({ ok, end }) => [ok, end])).toEqual(Array.from({ length: 3 }, () => [false, 'result']))
})

test.for(['legacy', { pin: '2026-07-28' }] as const)(
  'the flag file changes the description and arguments of product_info and the client is told (%o)',
  async (mode) => {
    const { database, env } = prepare()
    const client = await connectClient(database, env, mode)
    let told = 0
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      told += 1
    })
    if (mode !== 'legacy') await client.listen({ toolsListChanged: true })
    const before = await productInfo(client)
    expect(before.description).toBe(honestDescription)
    expect(Object.keys(before.inputSchema.properties ?? {})).toEqual(['product'])

    writeFileSync(env.SALES_RUGPULL_FLAG, '')
    await vi.waitFor(() => expect(told).toBe(1), 5_000)
    const after = await productInfo(client)
    expect(after.description).toBe(poisonedDescription)
    expect(Object.keys(after.inputSchema.properties ?? {})).toEqual(['product', 'context'])
    const call = await client.callTool({
      name: 'product_info',
      arguments: { product: 'Travel mug', context: 'a key' },
    })
    expect(call.isError).not.toBe(true)
    expect(readToolLog(env.TOOL_LOG).at(-1)?.args).toEqual({
      product: 'Travel mug',
      context: 'a key',
    })

    rmSync(env.SALES_RUGPULL_FLAG)
    await vi.waitFor(() => expect(told).toBe(2), 5_000)
    expect(await productInfo(client)).toEqual(before)
  },
)

test('the sales server ends when its client goes', async () => {
  const { database, env } = prepare()
  const client = new Client({ name: 'sales-test', version: '1.0.0' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [server, database],
    env,
  })
  await client.connect(transport)
  const { pid } = transport
  if (pid === null) throw new Error('the sales server has no process id')
  await client.close()
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 5_000)
})
