/**
 * A text that a pattern in RE2 syntax may match, made without chance: the first alternative, the first character of a class, as few
 * repetitions as are allowed. Null for what is not understood. The caller checks the text against the pattern.
 */
export function sampleText(pattern: string): string | null {
  const reader = new PatternReader(pattern)
  const text = reader.alternatives()
  return reader.ended ? text : null
}

const classes: Readonly<Record<string, string>> = { d: '0', D: 'a', w: 'a', W: '-', s: ' ', S: 'a', n: '\n', t: '\t', r: '\r' }
const nothing: ReadonlySet<string> = new Set(['A', 'z', 'b', 'B', 'Q', 'E'])
const mostRepeats = 1000

class PatternReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  get ended(): boolean {
    return this.#at >= this.#pattern.length
  }

  /** The first of the alternatives; the others are read over. */
  alternatives(): string {
    const first = this.#sequence()
    while (this.#take('|')) this.#sequence()
    return first
  }

  #sequence(): string {
    let text = ''
    while (!this.ended && !/[|)]/.test(this.#peek())) {
      const atom = this.#atom()
      text += atom.repeat(this.#least())
    }
    return text
  }

  #atom(): string {
    const character = this.#next()
    switch (character) {
      case '^':
      case '$':
        return ''
      case '.':
        return 'a'
      case '(': {
        const flags = /^\?(?:P?<[^>]*>|[a-zA-Z-]*:|[a-zA-Z-]*(?=\)))/.exec(this.#pattern.slice(this.#at))
        this.#at += flags?.[0].length ?? 0
        const inner = this.alternatives()
        this.#take(')')
        return inner
      }
      case '[':
        return this.#class()
      case '\\':
        return this.#escape()
      default:
        return character
    }
  }

  #escape(): string {
    const character = this.#next()
    if (nothing.has(character)) return ''
    return classes[character] ?? character
  }

  #class(): string {
    const negated = this.#take('^')
    const members: string[] = []
    const barred: [number, number][] = []
    for (let first = true; !this.ended && (first || this.#peek() !== ']'); first = false) {
      const posix = /^\[:(\w+):\]/.exec(this.#pattern.slice(this.#at))
      if (posix !== null) {
        this.#at += posix[0].length
        members.push(posix[1] === 'digit' || posix[1] === 'xdigit' ? '0' : posix[1] === 'space' ? ' ' : posix[1] === 'upper' ? 'A' : 'a')
        continue
      }
      const character = this.#take('\\') ? this.#escape() : this.#next()
      members.push(character)
      const ranged = this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']'
      if (ranged) this.#at += 1
      const end = ranged ? (this.#take('\\') ? this.#escape() : this.#next()) : character
      barred.push([character.charCodeAt(0), end.charCodeAt(0)])
    }
    this.#take(']')
    if (!negated) return members[0] ?? ''
    const free = [...'a0-A ~_.x1'].find((one) => !barred.some(([low, high]) => one.charCodeAt(0) >= low && one.charCodeAt(0) <= high))
    return free ?? ''
  }

  /** How often the atom before must stand at least; `?` and `*` leave it out, and a lazy mark changes nothing. */
  #least(): number {
    let least = 1
    const counted = /^\{(\d+)(?:,\d*)?\}/.exec(this.#pattern.slice(this.#at))
    if (counted !== null) {
      this.#at += counted[0].length
      least = Math.min(Number(counted[1]), mostRepeats)
    } else if (this.#take('*') || this.#take('?')) least = 0
    else if (!this.#take('+')) return 1
    this.#take('?')
    return least
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #next(): string {
    const character = this.#peek()
    this.#at += 1
    return character
  }

  #take(wanted: string): boolean {
    if (this.#peek() !== wanted) return false
    this.#at += 1
    return true
  }
}
