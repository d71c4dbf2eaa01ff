import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { forbid, openGateway } from './live-gateway.ts'
import type { Called, LiveGateway } from './live-gateway.ts'

const rules = (called: Called): string => called.decision.rule

describe('files in the making', () => {
  it('that are half written do not come into force, even where the half is valid', async () => {
    const gateway = await openGateway()
    const before = gateway.digest
    const whole = `${forbid('act')}${forbid('honest')}`
    await gateway.policy('a.cedar', forbid('act'))
    await gateway.watcher.poll()
    await gateway.policy('a.cedar', whole)
    await gateway.watcher.poll()
    expect(gateway.digest).toBe(before)
    await gateway.watcher.poll()
    expect([...gateway.installation.runtime.rules.current.policyRules.keys()]).toEqual(['contract:goal', 'no-act', 'no-honest'])
    expect(gateway.reloads).toHaveLength(1)
  })

  it('that are written while they are read do not come into force', async () => {
    const gateway = await openGateway()
    const before = gateway.digest
    const { load } = gateway
    let meddled = 0
    gateway.load = () => {
      const read = load()
      if (meddled < 2) writeFileSync(gateway.path('policies/b.cedar'), forbid('honest') + ' '.repeat(meddled))
      meddled += 1
      return read
    }
    await gateway.policy('a.cedar', forbid('act'))
    await gateway.reload()
    await gateway.watcher.lookAtOnce()
    expect(meddled).toBe(2)
    expect(gateway.digest).toBe(before)
    await gateway.reload()
    expect([...gateway.installation.runtime.rules.current.policyRules.keys()]).toContain('no-honest')
    expect(gateway.reloads).toHaveLength(1)
  })

  it('that were swapped by a link to another folder come into force, and so does the way back', async () => {
    const gateway = await openGateway()
    await gateway.write('v1/a.cedar', forbid('act'))
    await gateway.write('v2/a.cedar', forbid('honest'))
    const swap = (target: string): void => {
      symlinkSync(target, gateway.path('next'))
      renameSync(gateway.path('next'), gateway.path('policies'))
    }
    const ids = (): string[] => [...gateway.installation.runtime.rules.current.policyRules.keys()].slice(1)
    for (const [target, id] of [
      ['v1', 'no-act'],
      ['v2', 'no-honest'],
      ['v1', 'no-act'],
    ] as const) {
      swap(target)
      await gateway.reload()
      expect(ids()).toEqual([id])
    }
    swap('nowhere')
    await gateway.reload()
    expect(ids()).toEqual(['no-act'])
    expect(gateway.lines.at(-1)).toContain('policies` cannot be read: ENOENT')
  })

  const spoilt: [string, string, (gateway: LiveGateway) => unknown][] = [
    ['the manifest is gone', 'there is no manifest', (gateway) => rmSync(gateway.manifest)],
    [
      'the manifest is a folder',
      'there is no manifest',
      (gateway) => {
        rmSync(gateway.manifest)
        mkdirSync(gateway.manifest)
      },
    ],
    ['the lock is gone', 'bailiwick.yaml:', (gateway) => rmSync(gateway.path('bailiwick.lock.json'))],
    ['the lock is cut short', 'bailiwick.lock.json:1:1:', (gateway) => writeFileSync(gateway.path('bailiwick.lock.json'), '{')],
    ['the policies are gone', 'policies` is gone', (gateway) => rmSync(gateway.path('policies'), { recursive: true })],
    [
      'the policies are a file',
      'policies` cannot be read: ENOTDIR',
      (gateway) => {
        rmSync(gateway.path('policies'), { recursive: true })
        writeFileSync(gateway.path('policies'), forbid('act'))
      },
    ],
    ['a policy is a folder', 'b.cedar` cannot be read: EISDIR', (gateway) => mkdirSync(gateway.path('policies/b.cedar'))],
    [
      'a policy is a link to itself',
      'b.cedar` cannot be read: ELOOP',
      (gateway) => symlinkSync('b.cedar', gateway.path('policies/b.cedar')),
    ],
  ]
  it.each(spoilt)(
    'because of which %s leave the rules as they are, and are taken up again when they are whole',
    async (_what, why, spoil) => {
      const gateway = await openGateway({}, { 'a.cedar': forbid('act') })
      const agent = await gateway.connect()
      const whole = ['bailiwick.yaml', 'bailiwick.lock.json', 'policies/a.cedar'].map(
        (name) => [name, readFileSync(gateway.path(name), 'utf8')] as const,
      )
      const before = gateway.digest
      await spoil(gateway)
      await gateway.reload()
      await gateway.reload()
      expect(gateway.digest).toBe(before)
      expect(gateway.lines.filter((line) => line.includes(why)).length, gateway.lines.join('\n')).toBeGreaterThan(0)
      expect(gateway.reloads).toHaveLength(1)
      expect(rules(await agent.call('act', { kind: 'pid' }))).toBe('no-act')
      for (const name of ['bailiwick.yaml', 'policies']) rmSync(gateway.path(name), { recursive: true, force: true })
      for (const [name, text] of whole) await gateway.write(name, text)
      await gateway.policy('c.cedar', forbid('honest'))
      await gateway.reload()
      expect(rules(await agent.call('honest', { text: '1' }))).toBe('no-honest')
    },
  )

  it('that may not be read leave the rules as they are', async () => {
    const gateway = await openGateway({}, { 'a.cedar': forbid('act') })
    for (const name of ['policies/a.cedar', 'policies', 'bailiwick.lock.json', 'bailiwick.yaml']) {
      const before = gateway.digest
      const restore = makeUnreadable(gateway.path(name))
      await gateway.reload()
      expect(gateway.digest).toBe(before)
      expect(gateway.lines.join('\n')).toMatch(/cannot be read: (EACCES|ELOOP)|no manifest|not in bailiwick.lock.json/)
      gateway.lines.splice(0)
      restore()
      await gateway.reload()
    }
  })
})

/** Root may read everything but a link to itself. */
function makeUnreadable(path: string): () => void {
  if (process.getuid?.() !== 0) {
    chmodSync(path, 0)
    return () => chmodSync(path, 0o755)
  }
  renameSync(path, `${path}.kept`)
  symlinkSync(path, path)
  return () => {
    rmSync(path)
    renameSync(`${path}.kept`, path)
  }
}
