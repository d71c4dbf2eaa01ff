import { it, afterAll } from 'vitest'
import { AttackInstallation } from '/work/main/packages/bailiwick/test/attack/installation.ts'
import { StdioGateway, textOf } from '/work/main/packages/bailiwick/test/attack/stdio-gateway-process.ts'
it.each(['flood','flood-changed','flood-requests'])('%s', async (kind) => {
  const installation = new AttackInstallation({ goal: { allow: ['logging'] } })
  const gateway = await StdioGateway.start(installation)
  try {
  let t = performance.now()
  const a = await gateway.call('act', { kind, n: kind === 'flood-requests' ? 5000 : 100_000 }, 59_000)
  console.log(kind, textOf(a), performance.now() - t); t = performance.now()
  console.log(textOf(await gateway.call('honest', { text: 'x' }, 50_000)), performance.now() - t, gateway.unasked.length, installation.entries().length)
  } finally { await gateway.kill(); installation.remove() }
}, 120_000)
