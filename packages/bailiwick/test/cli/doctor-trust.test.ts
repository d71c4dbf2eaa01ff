import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { issuer, keysPath } from '../authority/trust/issuer.ts'
import { folderWith, runCli } from './run-cli.ts'
import { installationFiles, manifest } from './written-manifest.ts'

interface Found {
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

async function keysFound(cwd: string, ...args: string[]): Promise<Found['checks']> {
  const { stdout } = await runCli(['doctor', '--json', ...args], { cwd })
  return (JSON.parse(stdout) as Found).checks
    .filter(({ name }) => name.startsWith('keys of'))
    .map(({ name, ok, detail }) => ({ name, ok, detail }))
}

test('Doctor says whose keys can be had, and asks nobody when it is offline.', async () => {
  const [good, broken] = [await issuer(), await issuer()]
  broken.answer(keysPath, (response) => response.writeHead(500).end())
  const rule = (url: string, more = ''): string => `{ issuer: '${url}', audience: gateway, claims: { sub: job }, agent: clerk${more} }`
  const cluster = 'https://cluster.corp.example'
  const trust = `trust: { people: { issuer: '${good.url}', clientId: bailiwick }, workloads: [${rule(broken.url)}, ${rule(cluster, ', jwks: keys.json')}] }\n`
  const cwd = folderWith({ ...installationFiles, 'bailiwick.yaml': manifest + trust })
  writeFileSync(join(cwd, 'keys.json'), JSON.stringify({ keys: [good.key.jwk, good.key.jwk] }))
  const file = { name: `keys of ${cluster}`, ok: true, detail: `2, from ${join(cwd, 'keys.json')}` }
  expect(await keysFound(cwd)).toEqual([
    { name: `keys of ${good.url}`, ok: true, detail: '1, from the issuer' },
    { name: `keys of ${broken.url}`, ok: false, detail: 'tokens of this issuer are refused: its issuer answers with status 500' },
    file,
  ])
  const before = [...good.asked.values(), ...broken.asked.values()]
  expect(await keysFound(cwd, '--offline')).toEqual([file])
  expect([...good.asked.values(), ...broken.asked.values()]).toEqual(before)
})
