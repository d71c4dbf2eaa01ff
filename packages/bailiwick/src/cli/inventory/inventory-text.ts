import pc from 'picocolors'
import type { FindingKind, Inventory, InventoryFinding } from '../../assess/inventory/inventory.ts'
import { safe, table } from '../output.ts'

/** An inventory as a person reads it. */
export function inventoryText(inventory: Inventory, entry: number | null): string {
  const { agents, tools, servers, frameworks, delegated, findings } = inventory
  const declared = agents.filter((agent) => agent.declared)
  const parts = [
    section(
      'Agents',
      ['agent', 'owner', 'model', 'mode', 'goals', 'data', 'tools', 'where'],
      agents.map((agent) => [
        agent.declared ? agent.name : pc.yellow(cell(agent.name)),
        cell(agent.owner),
        cell(agent.model),
        agent.mode ?? pc.yellow('not declared'),
        cell(agent.goals.join(', ')),
        cell(agent.data.join(', ')),
        agent.declared ? String(agent.grants.length) : '-',
        cell(agent.places.join(', ')),
      ]),
    ),
    section(
      'Privileges',
      ['agent', 'tool', 'goals', 'confirmed', 'last used'],
      declared.flatMap(({ name, grants }) =>
        grants.map(({ tool, goals, confirmed, lastUsed }) => [
          name,
          cell(tool),
          cell(goals.join(', ')),
          confirmed ? 'yes' : 'no',
          lastUsed?.slice(0, 10) ?? '-',
        ]),
      ),
    ),
    section(
      'Sessions that were delegated',
      ['agent', 'session', 'by', 'from', 'state', 'opened'],
      delegated.map(({ agent, session, from, parent, state, opened }) => [agent, session, cell(from), parent, state, opened.slice(0, 19)]),
    ),
    section(
      'Tools',
      ['tool', 'effect', 'labels', 'sinks', 'pin', 'where'],
      tools.map(({ tool, effect, labels, sinks, pin, place }) => [
        cell(tool),
        effect,
        cell(labels.join(', ')),
        cell(
          Object.entries(sinks)
            .map(([argument, sink]) => `${argument}: ${sink}`)
            .join(', '),
        ),
        pin?.slice(0, 19) ?? '-',
        cell(place),
      ]),
    ),
    section(
      'MCP servers that clients are configured with',
      ['client', 'server', 'runs', 'given', 'reached', 'where'],
      servers.map(({ client, name, runs, given, via, agent, disabled, file }) => [
        client,
        cell(name),
        cell(runs),
        cell(given.join(', ')),
        disabled
          ? 'disabled'
          : via === 'gateway'
            ? `through the gateway${agent === null ? '' : ` as ${cell(agent)}`}`
            : pc.yellow('past the gateway'),
        cell(file),
      ]),
    ),
    section(
      'Agent frameworks',
      ['framework', 'package', 'version', 'where'],
      frameworks.map(({ framework, package: name, version, file }) => [framework, cell(name), cell(version), cell(file)]),
    ),
    findings.length === 0
      ? pc.green('nothing to look at')
      : `${pc.bold(`To look at (${findings.length})`)}\n${findings.map(findingText).join('\n')}`,
  ]
  if (entry !== null) parts.push(`recorded as entry ${entry}`)
  return parts.filter((part) => part !== '').join('\n\n')
}

const grave: ReadonlySet<FindingKind> = new Set(['shadow', 'bypass', 'changed', 'unpinned'])

function findingText({ kind, message, mend, place }: InventoryFinding): string {
  const colour = grave.has(kind) ? pc.red : pc.yellow
  return `  ${colour(kind.padEnd(10))} ${cell(message)}${place === null ? '' : pc.dim(` ${cell(place)}`)}\n             ${pc.dim(cell(mend))}`
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${pc.bold(title)}\n${table(head, rows)}`
}

/** One line of a table: what others wrote, safely and without line breaks. */
function cell(text: string | null): string {
  return text === null || text === '' ? '-' : safe(text).replaceAll('\n', ' ')
}
