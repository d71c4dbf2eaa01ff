/** The SPIFFE id of an agent, by its name in the manifest. */
export function agentId(trustDomain: string, name: string): string {
  return `spiffe://${trustDomain}/agent/${name}`
}
