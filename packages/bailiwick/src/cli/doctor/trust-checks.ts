import { dirname, resolve } from 'node:path'
import { IssuerUnusable, usualFetching } from '../../authority/trust/issuer-documents.ts'
import { IssuerKeys, transmitterDiscovery } from '../../authority/trust/issuer-keys.ts'
import type { Manifest } from '../../model/manifest.ts'
import { failed, passed } from './check.ts'
import type { Check } from './check.ts'

/** Whether the keys of each issuer that the manifest trusts can be had: from the issuer unless `offline`, or from the file. */
export async function trustChecks({ trust }: Manifest, path: string, offline: boolean): Promise<readonly Check[]> {
  const issuers = new Map<string, string | undefined>()
  if (trust?.people?.issuer !== undefined) issuers.set(trust.people.issuer, trust.people.jwks)
  for (const { issuer, jwks } of trust?.workloads ?? []) issuers.set(issuer, jwks)
  const keys = new IssuerKeys()
  const transmitterKeys = new IssuerKeys(usualFetching, transmitterDiscovery)
  const transmitters = new Map((trust?.events ?? []).map(({ issuer, jwks }) => [issuer, jwks]))
  const checks = [
    ...[...issuers].map(([issuer, file]) => ({ of: keys, issuer, file })),
    ...[...transmitters].map(([issuer, file]) => ({ of: transmitterKeys, issuer, file })),
  ]
  const asked = checks.filter(({ file }) => file !== undefined || !offline)
  return Promise.all(
    asked.map(({ of, issuer, file }) => check(of, issuer, file === undefined ? null : resolve(dirname(resolve(path)), file))),
  )
}

async function check(keys: IssuerKeys, issuer: string, file: string | null): Promise<Check> {
  const name = `keys of ${issuer}`
  try {
    const count = await keys.count(issuer, file)
    return passed(name, `${count}, from ${file ?? 'the issuer'}`)
  } catch (error) {
    if (!(error instanceof IssuerUnusable)) throw error
    const mend =
      file === null
        ? 'correct `issuer`, let the gateway reach it, or give its keys in a file: `jwks`'
        : 'fetch the keys of the issuer into it again'
    return failed(name, `tokens of this issuer are refused: ${error.message}`, mend)
  }
}
