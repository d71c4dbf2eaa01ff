import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const example = fileURLToPath(new URL('.', import.meta.url))
const parts = ['bailiwick.yaml', 'bailiwick.lock.json', 'tracker-server.ts', 'repository-server.ts', 'pipeline-server.ts']

/** A fresh copy of the example's installation in a folder of its own below `.work`, so that its rules can be changed. */
export function freshWorkplace(name: string): string {
  const folder = join(example, '.work', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of parts) cpSync(join(example, part), join(folder, part))
  return folder
}

/** What really happened in a workplace, seen from outside the gateway: what the pipeline and the git host did, and what was written. */
export function whatHappened(folder: string): { readonly pipeline: string[]; readonly host: string[]; readonly leaked: boolean } {
  const workflow = join(folder, '.work/repository/.github/workflows/ci.yml')
  return {
    pipeline: events(join(folder, '.work/pipeline.jsonl')),
    host: events(join(folder, '.work/repository/.git-host.jsonl')),
    leaked: existsSync(workflow) && readFileSync(workflow, 'utf8').includes('canary-9c1e'),
  }
}

function events(file: string): string[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => (JSON.parse(line) as { event: string }).event)
}
