import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import pc from 'picocolors'
import { isMap, parseDocument } from 'yaml'
import type { ListedTool } from '../enforce/mcp/tool-listing.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { serverOf } from '../model/compile-ruleset.ts'
import { lockFile, readLock } from '../model/load-ruleset.ts'
import { formatLock } from '../model/lock.ts'
import type { Manifest } from '../model/manifest.ts'
import { definitionChanges } from '../model/pin.ts'
import { readManifest } from '../model/read-manifest.ts'
import { isBuiltInRead } from '../model/vocabulary.ts'
import { YamlSource } from '../model/yaml-source.ts'
import { action, command } from './command.ts'
import { discover } from './discover-tools.ts'
import { diagnosticText, safe } from './output.ts'
import type { Output } from './output.ts'

/** What pinning would change about one tool. */
interface PinChange {
  readonly toolbox: string
  readonly tool: string
  readonly kind: 'new' | 'changed' | 'gone'
  readonly listed: ListedTool | null
  readonly lines: readonly string[]
}

export function pinCommand(): Command {
  return command('pin', 'show what changed in the tools, then accept it')
    .description(
      'Starts the servers, compares the tools that the manifest declares with their pins, shows every difference, and writes pins and lock when you accept. Exit code 1 when differences are left.',
    )
    .argument('[toolboxes...]', 'only these; all when none is named')
    .option('-y, --yes', 'accept without being asked')
    .action(
      action(async ({ output, locations }, names: string[], options: { yes?: boolean }) => {
        const manifest = declared(locations.manifest, output)
        const base = dirname(resolve(locations.manifest))
        for (const name of names)
          if (!Object.hasOwn(manifest.toolboxes, name))
            throw new BailiwickError('USAGE', `the manifest has no toolbox \`${name}\``, {
              mend: `it has ${Object.keys(manifest.toolboxes).join(', ')}`,
            })
        const changes: PinChange[] = []
        for (const name of names.length === 0 ? Object.keys(manifest.toolboxes) : names) {
          output.progress(`asking ${name} for its tools…`)
          changes.push(...(await changesOf(name, manifest, base, output)))
        }
        output.progress(null)
        for (const change of changes) show(change, output)
        const acceptable = changes.filter((change) => change.kind !== 'gone')
        const accepted = acceptable.length > 0 && (options.yes === true || (await confirmed(acceptable.length)))
        if (accepted) write(locations.manifest, base, acceptable)
        output.data({
          changes: changes.map(({ toolbox, tool, kind, lines, listed }) => ({
            tool: `${toolbox}.${tool}`,
            kind,
            pin: listed?.pin ?? null,
            lines,
          })),
          accepted,
        })
        if (changes.length === 0) output.text(`${pc.green('ok')} every tool is as it was pinned`)
        else if (accepted) output.text(`${pc.green('pinned')} ${acceptable.length} tool${acceptable.length === 1 ? '' : 's'}`)
        return changes.some((change) => change.kind === 'gone') || (acceptable.length > 0 && !accepted) ? 1 : 0
      }),
    )
}

function declared(path: string, output: Output): Manifest {
  const source = new YamlSource(relative(process.cwd(), resolve(path)), readText(path))
  const read = readManifest(source)
  if (read.manifest !== null) return read.manifest
  for (const diagnostic of read.diagnostics) output.note(diagnosticText(diagnostic))
  throw new BailiwickError('MANIFEST_SYNTAX', 'the manifest must be well-formed before its tools can be pinned')
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new BailiwickError('MANIFEST_NOT_FOUND', `there is no manifest at \`${path}\``, {
      mend: 'run `bailiwick init` to write one, or name it with `--manifest`',
      cause: error,
    })
  }
}

async function changesOf(toolbox: string, manifest: Manifest, base: string, output: Output): Promise<PinChange[]> {
  const declaration = manifest.toolboxes[toolbox] as Manifest['toolboxes'][string]
  const { tools: listed } = await discover(toolbox, serverOf(declaration.mcp, base), base, (line) => output.note(safe(line)))
  const locked = readLock(base).toolboxes[toolbox] ?? {}
  const changes: PinChange[] = []
  for (const [tool, { pin }] of Object.entries(declaration.tools)) {
    if (isBuiltInRead(tool)) continue
    const now = listed.get(tool) ?? null
    const before = Object.hasOwn(locked, tool) ? locked[tool] : undefined
    if (now === null) changes.push({ toolbox, tool, kind: 'gone', listed: null, lines: ['the server does not offer it'] })
    else if (now.pin !== pin || before === undefined) {
      const lines =
        before === undefined
          ? describe(now)
          : definitionChanges(before, now.definition).map((change) => `${change.path}: ${shown(change.before)} → ${shown(change.after)}`)
      changes.push({ toolbox, tool, kind: before === undefined ? 'new' : 'changed', listed: now, lines })
    }
  }
  return changes
}

function describe({ definition }: ListedTool): string[] {
  return [`description: ${definition.description ?? '(none)'}`, `arguments: ${JSON.stringify(definition.inputSchema['properties'] ?? {})}`]
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}

function show(change: PinChange, output: Output): void {
  const colour = { new: pc.green, changed: pc.yellow, gone: pc.red }[change.kind]
  output.text(`${colour(change.kind)} ${pc.bold(`${change.toolbox}.${change.tool}`)}`)
  for (const line of change.lines) output.text(`    ${safe(line)}`)
}

async function confirmed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await prompt.question(`Pin ${count === 1 ? 'this tool' : `these ${count} tools`} as shown? [y/N] `)
  prompt.close()
  return /^y(es)?$/i.test(answer.trim())
}

/** Writes the lock first: a pin without its definition is an error, a definition without its pin is nothing. */
function write(path: string, base: string, changes: readonly PinChange[]): void {
  const toolboxes: Record<string, Record<string, ListedTool['definition']>> = Object.fromEntries(
    Object.entries(readLock(base).toolboxes).map(([name, tools]) => [name, { ...tools }]),
  )
  const document = parseDocument(readText(path))
  for (const { toolbox, tool, listed } of changes) {
    const { definition, pin } = listed as ListedTool
    toolboxes[toolbox] = { ...toolboxes[toolbox], [tool]: definition }
    const node = document.getIn(['toolboxes', toolbox, 'tools', tool])
    if (isMap(node)) node.set('pin', pin)
  }
  replace(join(base, lockFile), formatLock({ version: 1, toolboxes }))
  replace(path, document.toString({ lineWidth: 0, flowCollectionPadding: true }))
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}
