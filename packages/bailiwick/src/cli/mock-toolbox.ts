import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Command } from 'commander'
import { fixtureResult } from '../evals/mock/mock-result.ts'
import type { MockResult } from '../evals/mock/mock-result.ts'
import { mockToolbox } from '../evals/mock/mock-toolbox.ts'
import type { Json } from '../model/json.ts'
import { loadRuleset, readLock } from '../model/load-ruleset.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'

/** Serves a mock of one toolbox; `dev` starts it in the place of the toolbox's own server. */
export function mockToolboxCommand(): Command {
  return command('mock-toolbox', 'serve a mock of a toolbox over standard input and output')
    .argument('<toolbox>', 'a toolbox of the manifest')
    .action(
      action(async ({ locations }, name: string) => {
        const ruleset = loadRuleset(locations.manifest)
        const toolbox = ruleset.toolboxes.get(name)
        if (toolbox === undefined) throw new BailiwickError('USAGE', `the manifest has no toolbox \`${name}\``)
        const tools = Object.values(readLock(ruleset.base).toolboxes[name] ?? {})
        const declared = new Set(toolbox.tools.map((tool) => tool.name))
        const reads = { resources: declared.has('resources/read'), prompts: declared.has('prompts/get') }
        const ended = new Promise<void>((done) => process.stdin.once('end', done).once('close', done))
        const handle = serveStdio(() =>
          mockToolbox({ name, tools, reads, fixture: (tool) => readFixture(ruleset.base, `${name}.${tool}`) }),
        )
        await ended
        await handle.close()
        return 0
      }),
    )
}

/** What `fixtures/<toolbox>.<tool>.json` beside the manifest says; null when there is no such file. @throws BailiwickError `USAGE` when it is no fixture */
function readFixture(base: string, tool: string): MockResult | null {
  const file = join(base, 'fixtures', `${tool.replaceAll('/', '_')}.json`)
  if (!existsSync(file)) return null
  try {
    return fixtureResult(JSON.parse(readFileSync(file, 'utf8')) as Json)
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error
    throw new BailiwickError('USAGE', `\`${file}\` is no fixture: ${error.message}`, {
      mend: 'write a JSON object: structured content, or a whole result with `content`',
    })
  }
}
