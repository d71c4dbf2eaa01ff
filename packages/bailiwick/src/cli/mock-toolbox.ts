import { serveStdio } from '@modelcontextprotocol/server/stdio'
import type { Command } from 'commander'
import { fixtureResult } from '../evals/mock/mock-result.ts'
import type { MockResult } from '../evals/mock/mock-result.ts'
import { mockToolbox } from '../evals/mock/mock-toolbox.ts'
import type { Json } from '../model/json.ts'
import { loadRuleset, readLock } from '../model/load-ruleset.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { action, command } from './command.ts'
import { readKeptFixture } from './evals/kept-fixture.ts'

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
        const kept = readKeptFixture(ruleset.base)
        const ended = new Promise<void>((done) => process.stdin.once('end', done).once('close', done))
        const handle = serveStdio(() =>
          mockToolbox({ name, tools, reads, fixture: (tool) => fixtureOf(kept(`${name}.${tool}`), `${name}.${tool}`) }),
        )
        await ended
        await handle.close()
        return 0
      }),
    )
}

function fixtureOf(kept: Json | null, tool: string): MockResult | null {
  if (kept === null) return null
  try {
    return fixtureResult(kept)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new BailiwickError('USAGE', `the fixture of \`${tool}\` is none: ${error.message}`, {
      mend: 'write a JSON object: structured content, or a whole result with `content`',
    })
  }
}
