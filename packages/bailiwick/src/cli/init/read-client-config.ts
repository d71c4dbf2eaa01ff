import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { isJsonObject } from '../../model/json.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { ClientConfig } from './find-client-configs.ts'
import { parseLenientJson } from './lenient-json.ts'

/** A server as a client's configuration has it, its placeholders (`${…}`) still in place. */
export interface ConfiguredServer {
  readonly name: string
  readonly config: ClientConfig
  readonly command: string | null
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Absolute; null when the client starts it wherever it happens to be. */
  readonly cwd: string | null
  readonly url: string | null
  readonly headers: Readonly<Record<string, string>>
  /** True for the transport that MCP gave up in 2025. */
  readonly sse: boolean
}

export interface ReadConfig {
  readonly servers: readonly ConfiguredServer[]
  /** What cannot be used, by the server's name; an empty name is the whole file. */
  readonly problems: readonly { readonly name: string; readonly problem: string }[]
  /** Servers that are passed over on purpose, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** Reads the servers of one configuration. Total: what cannot be read is among the problems. */
export function readClientConfig(config: ClientConfig): ReadConfig {
  const servers: ConfiguredServer[] = []
  const problems: { name: string; problem: string }[] = []
  const skipped: { name: string; reason: string }[] = []
  const root = parsed(config.path)
  if ('problem' in root) return { servers, problems: [{ name: '', problem: root.problem }], skipped }
  const entries = isJsonObject(root.value) ? { ...objectAt(root.value, 'servers'), ...objectAt(root.value, 'mcpServers') } : {}
  for (const [name, entry] of Object.entries(entries)) {
    if (!isJsonObject(entry)) problems.push({ name, problem: 'its entry is not an object' })
    else if (entry['disabled'] === true) skipped.push({ name, reason: 'it is disabled' })
    else if (isBailiwick(name, entry)) skipped.push({ name, reason: 'it is Bailiwick itself' })
    else if (textAt(entry, 'command') === null && urlOf(entry) === null)
      problems.push({ name, problem: 'it has neither a `command` nor a `url`' })
    else servers.push(serverOf(name, entry, config))
  }
  return { servers, problems, skipped }
}

function parsed(path: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    const text = readFileSync(path, 'utf8')
    return { value: text.trim() === '' ? {} : parseLenientJson(text) }
  } catch (error) {
    // The parser quotes what it stumbled over, which may be a secret.
    return { problem: error instanceof SyntaxError ? 'it is not JSON' : `it cannot be read: ${(error as NodeJS.ErrnoException).code}` }
  }
}

function serverOf(name: string, entry: JsonObject, config: ClientConfig): ConfiguredServer {
  const command = textAt(entry, 'command')
  const cwd = textAt(entry, 'cwd')
  const { args } = entry
  return {
    name,
    config,
    command,
    args: command !== null && Array.isArray(args) ? (args as readonly Json[]).map(scalarText) : [],
    env: command === null ? {} : texts(objectAt(entry, 'env')),
    cwd: cwd === null ? config.root : resolve(config.root ?? '/', cwd),
    url: command === null ? urlOf(entry) : null,
    headers: command === null ? texts(objectAt(entry, 'headers')) : {},
    sse: entry['type'] === 'sse' || entry['transport'] === 'sse',
  }
}

function urlOf(entry: JsonObject): string | null {
  return textAt(entry, 'url') ?? textAt(entry, 'serverUrl')
}

/** `bailiwick mcp …` however it is started, or the address that `bailiwick up` serves. */
function isBailiwick(name: string, entry: JsonObject): boolean {
  if (name.toLowerCase() === 'bailiwick') return true
  const words = [
    textAt(entry, 'command') ?? '',
    ...(Array.isArray(entry['args']) ? (entry['args'] as readonly Json[]).map(scalarText) : []),
  ]
  const at = words.findIndex((word) => /(^|[/\\])bailiwick(@[^/\\]*)?(\.(?:js|ts|cmd|exe))?$/.test(word))
  return at !== -1 && words.slice(at + 1).includes('mcp')
}

function textAt(entry: JsonObject, key: string): string | null {
  const value = Object.hasOwn(entry, key) ? entry[key] : null
  return typeof value === 'string' && value !== '' ? value : null
}

function objectAt(entry: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(entry, key) ? entry[key] : null
  return isJsonObject(value) ? value : {}
}

function texts(record: JsonObject): Record<string, string> {
  return Object.fromEntries(Object.entries(record).flatMap(([name, value]) => (value === null ? [] : [[name, scalarText(value)]])))
}

function scalarText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
