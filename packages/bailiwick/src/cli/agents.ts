import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { AgentKey } from '../authority/agent-keys.ts'
import { ed25519Thumbprint } from '../authority/oauth/thumbprint.ts'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { everything } from '../model/lineage.ts'
import { durationPattern, milliseconds } from '../model/quantity.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { action, command } from './command.ts'
import { currentUser, installedRuleset, openInstallation, openRecords } from './installation.ts'
import { safe, table } from './output.ts'
import { readNamedFile } from './read-named-file.ts'

export function agentsCommand(): Command {
  const agents = command('agents', 'list agents and their keys; register, rotate and retire them')
    .description('Lists the agents of the manifest: owner, purpose, version, model, goals, their keys and whether they may act.')
    .action(
      action(async ({ output, locations }) => {
        const ruleset = installedRuleset(locations)
        const records = await openRecords(locations, output.note)
        const found = []
        for (const agent of ruleset.agents.values()) {
          const cut = await records.revocations.first([everything, { kind: 'agent', id: agent.name }])
          const { name, id, owner, goals, version, model } = agent
          found.push({ name, id, owner, goals, version, model, suspended: cut !== null, keys: await records.agentKeys.list(name) })
        }
        await records.close()
        output.data(found)
        output.text(
          table(
            ['agent', 'owner', 'goals', 'acts', 'keys'],
            found.flatMap(({ name, owner, goals, suspended, keys }) => {
              const [first = '-', ...others] = keys.map(keyText)
              const row = [name, safe(owner), goals.join(' '), suspended ? 'no' : 'yes', first]
              return [row, ...others.map((key) => ['', '', '', '', key])]
            }),
          ),
        )
        return 0
      }),
    )
  agents.addCommand(keygenCommand())
  agents.addCommand(registerCommand())
  agents.addCommand(expireCommand())
  return agents
}

function keygenCommand(): Command {
  return command('keygen', 'make a key pair for an agent')
    .description(
      'Writes a private key as a JWK that only its owner can read, for the agent to hold, and prints the public one. Nothing is registered.',
    )
    .requiredOption('--out <file>', 'where the private key goes; a file that is there is not written over')
    .action(
      action(async ({ output }, options: { out: string }) => {
        const { privateKey } = generateKeyPairSync('ed25519')
        const jwk = privateKey.export({ format: 'jwk' })
        const kid = await ed25519Thumbprint(jwk.x as string)
        const text = `${JSON.stringify({ ...jwk, alg: 'EdDSA', use: 'sig', kid }, null, 2)}\n`
        try {
          writeFileSync(options.out, text, { mode: 0o600, flag: 'wx' })
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException
          if (code === undefined) throw error
          throw new BailiwickError('KEY_FILE', `the key could not be written to \`${options.out}\`: ${code}`, {
            mend: 'name a file that is not there yet, in a folder that you may write to',
          })
        }
        output.data({ x: jwk.x, thumbprint: kid })
        output.text(`${jwk.x}`)
        return 0
      }),
    )
}

function registerCommand(): Command {
  return command('register', 'register a public key of an agent')
    .description(
      'From then on the agent can have tokens by assertions that this key has signed. An agent without a goal in the manifest cannot be registered.',
    )
    .argument('<agent>', 'its name in the manifest')
    .requiredOption('--key <x or file>', "`x` of the key's JWK, or a file that holds the JWK; a private one is refused")
    .option('--overlap <duration>', 'how long the keys before it are still taken; for as long as before otherwise')
    .action(
      action(async ({ output, locations }, name: string, options: { key: string; overlap?: string }) => {
        if (options.overlap !== undefined && !durationPattern.test(options.overlap))
          throw new BailiwickError('USAGE', `\`${options.overlap}\` is not a duration`, { mend: 'write it like `0s`, `10m` or `1h`' })
        assertDeclared(installedRuleset(locations), name)
        const installation = await openInstallation(locations, output.note)
        const overlap = options.overlap === undefined ? null : milliseconds(options.overlap)
        const key = await installation.agentKeys.register(name, publicKeyIn(options.key), currentUser(), overlap)
        await installation.close()
        output.data(key)
        output.text(`${name} has the key ${key.thumbprint}`)
        return 0
      }),
    )
}

function expireCommand(): Command {
  return command('expire', 'have a key taken no longer')
    .argument('<thumbprint>', 'as `bailiwick agents` shows it')
    .option('--after <duration>', 'in so long', '0s')
    .action(
      action(async ({ output, locations }, thumbprint: string, options: { after: string }) => {
        if (!durationPattern.test(options.after))
          throw new BailiwickError('USAGE', `\`${options.after}\` is not a duration`, { mend: 'write it like `0s`, `10m` or `1h`' })
        const records = await openRecords(locations, output.note)
        try {
          const key = (await records.agentKeys.list(null)).find((one) => one.thumbprint === thumbprint)
          if (key === undefined)
            throw new BailiwickError('AGENT_KEY', `no agent has a key \`${thumbprint}\``, { mend: '`bailiwick agents` lists them' })
          const until = Date.now() + milliseconds(options.after)
          await records.agentKeys.expire(key, until, currentUser())
          output.data({ ...key, until })
          output.text(`${thumbprint} of ${key.agent} is taken until ${new Date(until).toISOString()}`)
          return 0
        } finally {
          await records.close()
        }
      }),
    )
}

/** Constraints come before capabilities: an agent with no goal can do nothing, and is not let in either. */
function assertDeclared(ruleset: Ruleset, name: string): void {
  const agent = ruleset.agents.get(name)
  if (agent === undefined)
    throw new BailiwickError('AGENT_UNKNOWN', `the manifest declares no agent \`${name}\``, {
      mend: `its agents are ${[...ruleset.agents.keys()].map((one) => `\`${one}\``).join(', ')}`,
    })
  if (agent.goals.length === 0)
    throw new BailiwickError('AGENT_KEY', `the agent \`${name}\` has no goal, so that it may do nothing`, {
      mend: 'give it one in the manifest first',
    })
}

function publicKeyIn(text: string): string {
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return text
  const jwk = parsed(Buffer.from(readNamedFile(text)).toString('utf8'))
  if (typeof jwk['d'] === 'string')
    throw new BailiwickError('AGENT_KEY', `\`${text}\` holds a private key`, {
      mend: 'give the public one alone: `x`; the private one is the agent’s',
    })
  if (jwk['kty'] !== 'OKP' || jwk['crv'] !== 'Ed25519' || typeof jwk['x'] !== 'string')
    throw new BailiwickError('AGENT_KEY', `\`${text}\` holds no Ed25519 public key as a JWK`, {
      mend: '`bailiwick agents keygen` makes one',
    })
  return jwk['x']
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function keyText({ thumbprint, until }: AgentKey): string {
  return until === null ? thumbprint : `${thumbprint} until ${new Date(until).toISOString()}`
}
