import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import type { Json } from '../../model/json.ts'

/** Reads what `fixtures/<toolbox>.<tool>.json` in a manifest's folder says; null when there is no such file. What it gives throws BailiwickError `USAGE` for a file that is no JSON. */
export function readKeptFixture(base: string): (tool: string) => Json | null {
  return (tool) => {
    const file = join(base, 'fixtures', `${tool.replaceAll('/', '_')}.json`)
    if (!existsSync(file)) return null
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Json
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new BailiwickError('USAGE', `\`${file}\` is no fixture: ${error.message}`, {
        mend: 'write a JSON object: structured content, or a whole result with `content`',
      })
    }
  }
}
