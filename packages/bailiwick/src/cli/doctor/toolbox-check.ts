import { dirname, resolve } from 'node:path'
import { serverOf } from '../../model/compile-ruleset.ts'
import type { Manifest } from '../../model/manifest.ts'
import { isBuiltInRead } from '../../model/vocabulary.ts'
import { discover } from '../discover-tools.ts'
import { checked, failed, passed } from './check.ts'
import type { Check } from './check.ts'

/** Starts a toolbox's server and compares what it offers with the pins. `report` hears what the server writes. */
export async function toolboxCheck(name: string, manifest: Manifest, path: string, report: (line: string) => void): Promise<Check> {
  const title = `toolbox ${name}`
  const base = dirname(resolve(path))
  const { mcp, tools, credential = null } = manifest.toolboxes[name] as Manifest['toolboxes'][string]
  return checked(title, async () => {
    const found = await discover({ name, server: serverOf(mcp, base), credential }, base, report)
    const problems = Object.entries(tools).flatMap(([tool, { pin }]) => {
      if (isBuiltInRead(tool)) return []
      const now = found.tools.get(tool)
      if (now === undefined) return [`\`${name}.${tool}\` is no longer offered`]
      return now.pin === pin ? [] : [`\`${name}.${tool}\` ${pin === undefined ? 'is not pinned' : 'is not what was pinned'}`]
    })
    return problems.length === 0
      ? passed(title, `starts; ${Object.keys(tools).length} tools are as they were pinned`)
      : failed(title, problems.join('\n'), `run \`bailiwick pin ${name}\` to see what changed`)
  })
}
