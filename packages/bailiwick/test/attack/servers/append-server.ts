import { fsyncSync, openSync, writeSync } from 'node:fs'
import { answer, serveRaw } from './raw-server.ts'
import { append } from './append-tool.ts'

/** Writes the id of each call to a file, and has it on the disk before it answers. */
const file = openSync(`${process.env['TOOL_LOG']}.ids`, 'a')

serveRaw({
  capabilities: {},
  tools: () => ({ tools: [append] }),
  other: ({ id, method, params }) => {
    if (method !== 'tools/call') return
    writeSync(file, `${(params as { arguments: { id: string } }).arguments.id}\n`)
    fsyncSync(file)
    answer(id, { content: [{ type: 'text', text: 'written' }] })
  },
})
