import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AttackInstallation, eventually } from './installation.ts'
import { StdioGateway, textOf } from './stdio-gateway-process.ts'

describe('the processes of toolboxes', () => {
  let installation: AttackInstallation
  let gateway: StdioGateway

  beforeEach(async () => {
    installation = new AttackInstallation({ goal: { allow: ['logging'] } })
    gateway = await StdioGateway.start(installation)
    await gateway.call('honest', { text: 'started' })
    expect(installation.running().length).toBeGreaterThan(0)
  })
  afterEach(async () => {
    await gateway?.kill()
    for (const pid of installation?.running() ?? []) process.kill(pid, 'SIGKILL')
    installation?.remove()
  })

  const gone = (within: number): Promise<unknown> => eventually(() => installation.running().length === 0, 'the end of the toolbox', within)
  const lastSession = (): string | undefined => installation.entriesOf('session').at(-1)?.event

  it('end when the gateway is killed', async () => {
    await gateway.kill()
    await gone(5000)
  })

  it('end when the gateway is told to end, and the session is closed', async () => {
    gateway.child.kill('SIGTERM')
    await gateway.exited()
    expect(installation.running()).toEqual([])
    expect(lastSession()).toBe('closed')
  })

  it('end when the client goes away in the middle of a call', async () => {
    gateway.call('act', { kind: 'hang' }).catch(() => {})
    await eventually(() => installation.reached().length === 2, 'the call')
    await gateway.stop()
    expect(installation.running()).toEqual([])
    expect(lastSession()).toBe('closed')
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })

  it('end when the client dies while the toolbox floods it, with the call and the session closed', async () => {
    gateway.call('act', { kind: 'flood', n: 20_000 }).catch(() => {})
    await eventually(() => gateway.unasked.length > 10, 'the flood')
    gateway.child.stdout.destroy()
    gateway.child.stdin.destroy()
    await gateway.exited()
    await gone(5000)
    expect(lastSession()).toBe('closed')
    expect(await installation.json('log', 'verify')).toMatchObject({ ok: true, open: 0 })
  })

  it('end with the client also when they do not want to', async () => {
    const pid = Number(textOf(await gateway.call('act', { kind: 'stubborn' })))
    expect(installation.running()).toContain(pid)
    await gateway.stop()
    await gone(2000)
  }, 30_000)
})
