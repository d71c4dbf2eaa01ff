import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { sha256Hex } from '../../model/json.ts'
import type { Inventory } from './inventory.ts'

/**
 * The inventory as a CycloneDX 1.6 bill of materials, in JSON: agents as applications, their models as machine learning models,
 * frameworks as frameworks, tools and configured servers as services. What CycloneDX has no field for stands in properties under `bailiwick:`.
 */
export function cycloneDx(inventory: Inventory): string {
  const bom = new Models.Bom()
  bom.metadata.timestamp = new Date(inventory.taken)
  bom.metadata.component = new Models.Component(Enums.ComponentType.Application, inventory.trustDomain ?? 'agents', {
    bomRef: 'installation',
  })
  const models = new Map<string, Models.Component>()
  for (const name of new Set(inventory.agents.flatMap(({ model }) => model ?? [])))
    models.set(name, new Models.Component(Enums.ComponentType.MachineLearningModel, name, { bomRef: `model:${name}` }))
  const services = new Map<string, Models.Service>()
  for (const { tool, effect, labels, sinks, pin, place } of inventory.tools)
    services.set(
      tool,
      new Models.Service(tool, {
        bomRef: `tool:${tool}`,
        properties: propertiesOf([
          ['effect', effect],
          ...labels.map((label) => ['label', label] as const),
          ...Object.entries(sinks).map(([argument, sink]) => ['sink', `${argument}=${sink}`] as const),
          ['pin', pin],
          ['place', place],
        ]),
      }),
    )
  for (const agent of inventory.agents) {
    const component = new Models.Component(Enums.ComponentType.Application, agent.name, {
      bomRef: `agent:${agent.name}`,
      ...(agent.version === null ? {} : { version: agent.version }),
      ...(agent.purpose === null ? {} : { description: agent.purpose }),
      ...(agent.owner === null ? {} : { supplier: new Models.OrganizationalEntity({ name: agent.owner }) }),
      properties: propertiesOf([
        ['declared', String(agent.declared)],
        ['id', agent.id],
        ['owner', agent.owner],
        ['mode', agent.mode],
        ...agent.goals.map((goal) => ['goal', goal] as const),
        ...agent.data.map((label) => ['data', label] as const),
        ...agent.grants.map(({ tool, confirmed }) => ['privilege', `${tool}${confirmed ? ' confirmed' : ''}`] as const),
        ...agent.places.map((place) => ['place', place] as const),
      ]),
    })
    const model = agent.model === null ? undefined : models.get(agent.model)
    if (model !== undefined) component.dependencies.add(model.bomRef)
    for (const { tool } of agent.grants) {
      const service = services.get(tool)
      if (service !== undefined) component.dependencies.add(service.bomRef)
    }
    bom.components.add(component)
    bom.metadata.component.dependencies.add(component.bomRef)
  }
  for (const model of models.values()) bom.components.add(model)
  for (const service of services.values()) bom.services.add(service)
  for (const [index, server] of inventory.servers.entries())
    bom.services.add(
      new Models.Service(server.name, {
        bomRef: `server:${index}:${server.name}`,
        properties: propertiesOf([
          ['client', server.client],
          ['file', server.file],
          ['runs', server.runs],
          ['via', server.via],
          ['agent', server.agent],
          ['toolbox', server.toolbox],
          ['disabled', String(server.disabled)],
        ]),
      }),
    )
  for (const [index, { framework, package: name, version, file }] of inventory.frameworks.entries())
    bom.components.add(
      new Models.Component(Enums.ComponentType.Framework, name, {
        bomRef: `framework:${index}:${name}`,
        description: framework,
        ...(version === null ? {} : { version }),
        properties: propertiesOf([['file', file]]),
      }),
    )
  for (const finding of inventory.findings)
    bom.metadata.properties.add(new Models.Property(`bailiwick:finding:${finding.kind}`, finding.message))
  bom.serialNumber = serialNumber(inventory)
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6))
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`
}

function propertiesOf(pairs: readonly (readonly [name: string, value: string | null])[]): Models.PropertyRepository {
  return new Models.PropertyRepository(
    pairs.flatMap(([name, value]) => (value === null ? [] : [new Models.Property(`bailiwick:${name}`, value)])),
  )
}

/** A UUID (RFC 9562, version 8) of the inventory, so that the same one has the same number. */
function serialNumber(inventory: Inventory): string {
  const hex = sha256Hex(JSON.stringify(inventory))
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
