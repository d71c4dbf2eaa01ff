/** A key that is shorter is taken for a stand-in, such as `none`, that local models are asked with: words like it may well stand in an answer. */
const shortestKey = 16
const hidden = '[key]'

/** Takes keys out of an answer that comes piece by piece, wherever it was cut. What could be the beginning of one is held back until more is there. */
export class WithoutKeys {
  /** As bytes, one character each. */
  readonly #keys: readonly string[]
  #held = ''

  constructor(keys: readonly string[]) {
    const long = keys.filter((key) => key.length >= shortestKey)
    this.#keys = long
      .flatMap((key) => [key, key.replaceAll('/', String.raw`\/`)])
      .map((key) => Buffer.from(key).toString('latin1'))
      .sort((a, b) => b.length - a.length)
  }

  /** What can be passed on. */
  take(piece: Uint8Array): Buffer {
    const text = this.#clean(this.#held + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1'))
    const end = text.length - this.#heldLength(text)
    this.#held = text.slice(end)
    return Buffer.from(text.slice(0, end), 'latin1')
  }

  /** What is left when nothing more comes. */
  rest(): Buffer {
    const rest = Buffer.from(this.#held, 'latin1')
    this.#held = ''
    return rest
  }

  /** True for a text that holds a key. */
  isIn(text: string): boolean {
    const bytes = Buffer.from(text).toString('latin1')
    return this.#keys.some((key) => bytes.includes(key))
  }

  #clean(text: string): string {
    return this.#keys.reduce((rest, key) => rest.replaceAll(key, hidden), text)
  }

  /** The length of the longest end of the text that a key begins with. */
  #heldLength(text: string): number {
    let longest = 0
    for (const key of this.#keys)
      for (let length = Math.min(key.length - 1, text.length); length > longest; length -= 1)
        if (text.endsWith(key.slice(0, length))) longest = length
    return longest
  }
}
