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

/**
 * Microseconds that synchronous `work` takes, each sample the mean of as many runs as last some 20 µs, since the clock does not
 * resolve less. Half a second in all; work that takes long is run at least 20 times or for 3 seconds, whichever ends first.
 */
export function sample(work: (index: number) => unknown): number[] {
  let index = 0
  let start = performance.now()
  for (; performance.now() < start + 150; index += 1) work(index)
  const batch = Math.min(100, Math.max(1, Math.round(20 / (((performance.now() - start) * 1000) / index))))
  const times: number[] = []
  const first = performance.now()
  for (let elapsed = 0; elapsed < 350 || (times.length < 20 && elapsed < 3000);) {
    start = performance.now()
    for (let done = 0; done < batch; done += 1) work((index += 1))
    const end = performance.now()
    times.push(((end - start) * 1000) / batch)
    elapsed = end - first
  }
  return times
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
