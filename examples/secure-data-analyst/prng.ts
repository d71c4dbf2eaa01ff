/** A deterministic source of numbers: the same seed gives the same sequence on every machine. */
export interface Prng {
  /** An integer from 0 up to, and not including, `bound`. */
  below(bound: number): number
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** One of `items`; throws a `RangeError` when there are none. */
  pick<T>(items: readonly T[]): T
}

/** Mulberry32, started from the 32-bit FNV-1a hash of `seed`. Good for sample data, not for secrets. */
export function prng(seed: string): Prng {
  let state = fnv1a(seed)
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * bound)
  }
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('cannot pick from an empty list; give at least one item')
      return items[below(items.length)] as T
    },
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
