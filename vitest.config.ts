import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@bailiwick/source'] },
  ssr: { resolve: { conditions: ['@bailiwick/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'conformance/**/*.test.ts'],
    execArgv: ['--conditions=@bailiwick/source'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
