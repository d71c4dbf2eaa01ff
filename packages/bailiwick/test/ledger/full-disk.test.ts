import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { decision, ScratchLedger } from './scratch-ledger.ts'

const filler = fileURLToPath(new URL('filler.ts', import.meta.url))

// The limit is on every file of the process, in blocks of 1024 bytes: the store's log runs into it as into the end of a disk.
test.runIf(process.platform !== 'win32')(
  'When the disk is full nothing is acknowledged that is not there, it is said why, and with room again the ledger goes on.',
  async () => {
    const scratch = new ScratchLedger()
    try {
      const limited = ['-c', 'ulimit -f 900; exec "$0" --conditions=@bailiwick/source "$@"', process.execPath, filler, scratch.folder]
      const told = JSON.parse(execFileSync('bash', limited, { encoding: 'utf8' })) as {
        acknowledged: number
        refused: string
        again: string
      }
      expect(told.acknowledged).toBeGreaterThan(10)
      expect(told.refused).toMatch(/^STORE_FAILED: the store `.*` could not be written: /)
      expect(told.again).toMatch(/^STORE_FAILED/)

      const { ledger, store } = scratch.open('next')
      const bodies: string[] = []
      for (let page = await store.entries(0, 500); page.length > 0; page = await store.entries(bodies.length, 500))
        bodies.push(...page.map((body) => Buffer.from(body).toString()))
      const calls = bodies.map((body) => (JSON.parse(body) as { call: string }).call)
      expect(calls).toEqual(Array.from({ length: told.acknowledged }, (_, index) => `call_${index}`))
      await ledger.append(decision('with_room'))
      await scratch.close()
      expect(await scratch.verify()).toMatchObject({ ok: true, decisions: told.acknowledged + 1 })
    } finally {
      await scratch.remove()
    }
  },
)
