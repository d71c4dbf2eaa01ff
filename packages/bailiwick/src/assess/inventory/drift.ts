import { canonicalJson } from '../../model/json.ts'
import type { Inventory, InventoryFinding } from './inventory.ts'

/** What an inventory holds, item by item, without what changes by itself. */
export function inventoryItems({ agents, tools, servers, frameworks }: Inventory): ReadonlyMap<string, string> {
  return new Map([
    ...agents.map((agent) => [`the agent \`${agent.name}\``, canonicalJson({ ...agent, grants: null, places: null })] as const),
    ...agents.flatMap(({ name, grants }) =>
      grants.map(
        ({ tool, goals, confirmed }) => [`the privilege of \`${name}\` on \`${tool}\``, canonicalJson({ goals, confirmed })] as const,
      ),
    ),
    ...tools.map((tool) => [`the tool \`${tool.tool}\``, canonicalJson({ ...tool, place: null })] as const),
    ...servers.map((server) => [`the server \`${server.name}\` in ${server.file}`, canonicalJson(server)] as const),
    ...frameworks.map((one) => [`the framework \`${one.package}\` in ${one.file}`, canonicalJson(one)] as const),
  ])
}

/** What differs from an inventory that was recorded before, whose items are given. */
export function driftFrom(before: Readonly<Record<string, string>>, now: Inventory): InventoryFinding[] {
  const items = inventoryItems(now)
  const mend = 'see that it is meant, then record the inventory anew with `bailiwick inventory --record`'
  const finding = (subject: string, happened: string): InventoryFinding => ({
    kind: 'drift',
    subject,
    message: `${subject} ${happened} since the inventory was last recorded`,
    mend,
    place: null,
  })
  return [
    ...[...items].flatMap(([item, value]) => {
      const was = Object.hasOwn(before, item) ? before[item] : undefined
      return was === undefined ? [finding(item, 'is new')] : was === value ? [] : [finding(item, 'has changed')]
    }),
    ...Object.keys(before).flatMap((item) => (items.has(item) ? [] : [finding(item, 'is gone')])),
  ]
}
