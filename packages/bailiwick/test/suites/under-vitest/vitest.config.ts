import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@bailiwick/source'] },
  ssr: { resolve: { conditions: ['@bailiwick/source'] } },
  test: { include: ['*.suite.ts'], execArgv: ['--conditions=@bailiwick/source'], maxWorkers: 1 },
})
