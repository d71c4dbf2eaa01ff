/** One figure. `subject` is `bailiwick`, a peer's npm name, or a physical baseline: `direct`, `fsync`. */
export interface Measurement {
  readonly bench: string
  readonly case: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
  readonly value: number
}

/** A benchmark: yields its figures as it goes. */
export type Bench = (report: (measurement: Omit<Measurement, 'bench'>) => void) => Promise<void>

/** The value below which a share of the samples lies. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}

/** Runs `work` many times, `width` at once, and returns how long each took, in milliseconds. */
export async function time(count: number, width: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      const start = performance.now()
      await work(index)
      samples.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return samples
}
