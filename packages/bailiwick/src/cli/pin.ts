import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import pc from 'picocolors'
import type { ListedTool } from '../enforce/mcp/tool-listing.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { serverOf } from '../model/compile-ruleset.ts'
import type { Diagnostic } from '../model/diagnostic.ts'
import { readLock } from '../model/load-ruleset.ts'
import { lockFile } from '../model/lock.ts'
import { formatLock } from '../model/lock.ts'
import type { Manifest } from '../model/manifest.ts'
import { definitionChanges, pinOf } from '../model/pin.ts'
import type { ToolDefinition } from '../model/pin.ts'
import { readManifest } from '../model/read-manifest.ts'
import { isBuiltInRead } from '../model/vocabulary.ts'
import { YamlSource } from '../model/yaml-source.ts'
import { action, command } from './command.ts'
import { discover } from './discover-tools.ts'
import { safe } from './output.ts'
import type { Output } from './output.ts'
import { withPins } from './pin-text.ts'
import { replaceFile } from './replace-file.ts'

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
        const manifest = declared(locations.manifest)
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

function declared(path: string): Manifest {
  const source = new YamlSource(relative(process.cwd(), resolve(path)), readText(path))
  const read = readManifest(source)
  if (read.manifest !== null) return read.manifest
  throw new BailiwickError((read.diagnostics[0] as Diagnostic).code, 'the manifest must be well-formed before its tools can be pinned', {
    diagnostics: read.diagnostics,
  })
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
  const served = { name: toolbox, server: serverOf(declaration.mcp, base), credential: declaration.credential ?? null }
  const { tools: listed } = await discover(served, base, (line) => output.note(safe(line)))
  const locked = readLock(base).toolboxes[toolbox] ?? {}
  const changes: PinChange[] = []
  for (const [tool, { pin }] of Object.entries(declaration.tools)) {
    if (isBuiltInRead(tool)) continue
    const now = listed.get(tool) ?? null
    const before = Object.hasOwn(locked, tool) ? locked[tool] : undefined
    if (now === null) changes.push({ toolbox, tool, kind: 'gone', listed: null, lines: ['the server does not offer it'] })
    else if (pin === undefined || before === undefined) changes.push({ toolbox, tool, kind: 'new', listed: now, lines: describe(now) })
    else if (now.pin !== pin || pinOf(before) !== pin)
      changes.push({ toolbox, tool, kind: 'changed', listed: now, lines: differences(before, pin, now) })
  }
  return changes
}

/** What the server says otherwise than the lock; and that the lock is not what the pin was made from, when it is not. */
function differences(before: ToolDefinition, pin: string, now: ListedTool): string[] {
  const changes = definitionChanges(before, now.definition).map(
    ({ path, before: was, after }) => `${path}: ${shown(was)} → ${shown(after)}`,
  )
  return pinOf(before) === pin
    ? changes
    : ['the definition in bailiwick.lock.json is not the one that was pinned; this is the whole of it now:', ...describe(now), ...changes]
}

function describe({ definition }: ListedTool): string[] {
  const { title, description, inputSchema, outputSchema, annotations } = definition
  return [
    ...(title === undefined ? [] : [`title: ${title}`]),
    `description: ${description ?? '(none)'}`,
    `arguments: ${JSON.stringify(inputSchema['properties'] ?? {})}`,
    ...(outputSchema === undefined ? [] : [`result: ${JSON.stringify(outputSchema['properties'] ?? {})}`]),
    ...(annotations === undefined ? [] : [`annotations: ${JSON.stringify(annotations)}`]),
  ]
}

function shown(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value)
}

function show(change: PinChange, output: Output): void {
  const colour = { new: pc.green, changed: pc.yellow, gone: pc.red }[change.kind]
  output.text(`${colour(change.kind)} ${pc.bold(`${change.toolbox}.${change.tool}`)}`)
  // A line break in a server's text does not end its indentation, so that it cannot pass for our own words.
  for (const line of change.lines) output.text(`    ${safe(line).replaceAll('\n', '\n    ')}`)
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
  for (const { toolbox, tool, listed } of changes) toolboxes[toolbox] = { ...toolboxes[toolbox], [tool]: (listed as ListedTool).definition }
  const manifest = withPins(
    readText(path),
    changes.map(({ toolbox, tool, listed }) => ({ toolbox, tool, pin: (listed as ListedTool).pin })),
  )
  replaceFile(join(base, lockFile), formatLock({ version: 1, toolboxes }))
  replaceFile(path, manifest)
}
