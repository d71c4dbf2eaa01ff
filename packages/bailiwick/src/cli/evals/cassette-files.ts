import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseCassette } from '../../evals/model/cassette.ts'
import type { Cassette, Interaction } from '../../evals/model/cassette.ts'
import type { AgentCase } from '../../evals/suite/suite.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { replaceFile } from '../replace-file.ts'

/** Reads cassettes, each once, and writes what was recorded. */
export class CassetteFiles {
  readonly #read = new Map<string, Cassette | null>()

  /** The cassette of a file; null when there is none. @throws BailiwickError `CASSETTE_STALE` for one that is damaged */
  read(file: string): Cassette | null {
    const known = this.#read.get(file)
    if (known !== undefined) return known
    const cassette = existsSync(file) ? parsed(file) : null
    this.#read.set(file, cassette)
    return cassette
  }

  /** Puts what a case's model was asked in the place of what was recorded for it. */
  write({ name, model }: AgentCase, interactions: readonly Interaction[]): void {
    if (model?.kind !== 'endpoint' || model.cassette === null) return
    const before = this.read(model.cassette)
    const cases = Object.fromEntries(Object.entries({ ...before?.cases, [name]: interactions }).sort(([a], [b]) => (a < b ? -1 : 1)))
    const cassette: Cassette = { version: 1, endpoint: model.endpoint, cases }
    this.#read.set(model.cassette, cassette)
    mkdirSync(dirname(model.cassette), { recursive: true })
    replaceFile(model.cassette, `${JSON.stringify(cassette, null, 1)}\n`)
  }
}

function parsed(file: string): Cassette {
  try {
    return parseCassette(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new BailiwickError('CASSETTE_STALE', `\`${file}\` cannot be played: ${error.message}`, {
      mend: 'record it anew with `bailiwick eval --refresh`',
    })
  }
}
