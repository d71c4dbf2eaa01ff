import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const example = fileURLToPath(new URL('.', import.meta.url))
const parts = [
  'bailiwick.yaml',
  'bailiwick.lock.json',
  'policies',
  'applications.ts',
  'candidates-server.ts',
  'documents-server.ts',
  'mail-server.ts',
]

/** A fresh copy of the example's installation in a folder of its own below `.work`, with a ledger of its own. */
export function freshWorkplace(name: string): string {
  const folder = join(example, '.work', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of parts) cpSync(join(example, part), join(folder, part), { recursive: true })
  return folder
}

/** What really happened in a workplace, seen from outside the gateway. */
export interface Happened {
  /** What the candidates' server was asked, in the order of the calls that reached it. */
  readonly asked: readonly { readonly event: string; readonly opening?: string; readonly candidate?: string }[]
  readonly summaries: readonly { readonly opening: string; readonly text: string }[]
  readonly mails: readonly { readonly to: string; readonly subject: string; readonly body: string }[]
  /** Everything that the gateway keeps of its calls, as bytes. */
  readonly ledger: string
}

export function whatHappened(folder: string): Happened {
  const summaries = join(folder, '.work/summaries')
  const state = join(folder, '.bailiwick')
  return {
    asked: linesOf(join(folder, '.work/candidates.jsonl')) as Happened['asked'],
    summaries: namesIn(summaries).map((name) => ({ opening: name.replace('.md', ''), text: readFileSync(join(summaries, name), 'utf8') })),
    mails: linesOf(join(folder, '.work/outbox.jsonl')) as Happened['mails'],
    ledger: namesIn(state)
      .filter((name) => name.startsWith('bailiwick.db'))
      .map((name) => readFileSync(join(state, name), 'utf8'))
      .join('\n'),
  }
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function linesOf(file: string): unknown[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as unknown)
}
