import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface ConformanceOptions {
  /** The MCP endpoint to test. The DNS rebinding scenario fails on any host but localhost. */
  url: string
  /** Picks the scenarios that list this version. It does not change what the suite sends: that is always 2025-11-25. */
  specVersion: string
  /** Runs this scenario only, even if it does not list `specVersion`. */
  scenario?: string
  /** Keeps the suite's own files in a new folder in here; otherwise they are deleted. */
  outputDir?: string
  /** Milliseconds after which the suite is stopped; scenarios not finished by then count as failed. Default 120 000. */
  timeout?: number
}

export interface ScenarioResult {
  scenario: string
  /** Checks with status SUCCESS. Zero if the scenario found nothing to check. */
  passed: number
  /** Checks with status FAILURE, and 1 for a scenario that gave no result. */
  failed: number
  /** Checks with status WARNING: a SHOULD of the specification that was not met. */
  warned: number
  /** One line for each failure and warning, empty if there was none. */
  detail: string
}

interface CliRun {
  code: number | null
  stopped: boolean
  output: string
}

interface Check {
  name: string
  description: string
  status: string
  errorMessage?: string
}

/**
 * Runs the server scenarios of the official conformance suite in a child process, one after the other, and resolves to one
 * result per scenario, in the suite's order. Rejects if the suite does not know the version or scenario.
 */
export async function runConformance(options: ConformanceOptions): Promise<ScenarioResult[]> {
  const { url, specVersion, scenario, timeout = 120_000 } = options
  const scenarios = scenario === undefined ? await listScenarios(specVersion) : [scenario]
  const parent = options.outputDir ?? tmpdir()
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, `conformance-${specVersion}-`))
  try {
    const only = scenario === undefined ? [] : ['--scenario', scenario]
    const args = ['server', '--url', url, '--suite', 'all', '--spec-version', specVersion, '--output-dir', folder, ...only]
    const run = await runCli(args, timeout)
    const results = await readResults(folder)
    if (results.size === 0 && run.code !== 0 && !run.stopped && !run.output.includes(brokeOff)) {
      throw new Error(`the conformance suite did not run: ${run.output.trim()}`)
    }
    return scenarios.map((name) => results.get(name) ?? noResult(name, run, timeout))
  } finally {
    if (options.outputDir === undefined) await rm(folder, { recursive: true, force: true })
  }
}

/** What the suite prints, with the scenario's name and the error, when a scenario throws instead of reporting. */
const brokeOff = 'Failed to run scenario'

function noResult(scenario: string, run: CliRun, timeout: number): ScenarioResult {
  const line = run.output.split('\n').find((text) => text.startsWith(`${brokeOff} ${scenario}:`))
  const detail = line ?? (run.stopped ? `no result: the suite was stopped after ${timeout} ms` : 'no result')
  return { scenario, passed: 0, failed: 1, warned: 0, detail }
}

/** Names of the server scenarios that list `specVersion`, in the suite's order. Rejects if the suite does not know it. */
export async function listScenarios(specVersion: string): Promise<string[]> {
  const run = await runCli(['list', '--server', '--spec-version', specVersion], 30_000)
  if (run.code !== 0) throw new Error(`the conformance suite cannot list \`${specVersion}\`: ${run.output}`)
  return [...run.output.matchAll(/^ {2}- (\S+) \[/gm)].map((match) => match[1] ?? '')
}

async function runCli(args: string[], timeout: number): Promise<CliRun> {
  const cli = await cliPath()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let stopped = false
    const timer = setTimeout(() => {
      stopped = true
      child.kill('SIGKILL')
    }, timeout)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, stopped, output })
    })
  })
}

async function cliPath(): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')
  const { bin } = JSON.parse(await readFile(manifest, 'utf8')) as { bin: { conformance: string } }
  return join(dirname(manifest), bin.conformance)
}

/** The suite writes one folder per scenario, `server-<scenario>-<ISO time with dashes>`, with a `checks.json` at its end. */
async function readResults(folder: string): Promise<Map<string, ScenarioResult>> {
  const results = new Map<string, ScenarioResult>()
  for (const path of await readdir(folder, { recursive: true })) {
    const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z[\\/]checks\.json$/.exec(path)?.[1]
    if (scenario === undefined) continue
    results.set(scenario, summarize(scenario, JSON.parse(await readFile(join(folder, path), 'utf8')) as Check[]))
  }
  return results
}

function summarize(scenario: string, checks: Check[]): ScenarioResult {
  const count = (status: string) => checks.filter((check) => check.status === status).length
  const detail = checks
    .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
    .map((check) => `${check.status} ${check.name}: ${check.errorMessage ?? check.description}`)
    .join('\n')
  return {
    scenario,
    passed: count('SUCCESS'),
    failed: count('FAILURE'),
    warned: count('WARNING'),
    detail,
  }
}
