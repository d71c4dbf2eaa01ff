const joiners = /[\s\p{Cf}\p{P}\p{S}]/gu

/**
 * Finds a canary in a text, also where it was written otherwise: in other letters' case, with signs between its characters, backwards,
 * percent-encoded, as hexadecimal or as Base64 (at any offset). Short canaries, under 6 letters and digits, are found only as they are.
 */
export class CanarySearch {
  readonly #plain: string
  readonly #forms: readonly { readonly name: string; readonly text: string }[]

  constructor(canary: string) {
    this.#plain = canary
    const core = squeezed(canary)
    this.#forms =
      core.length < 6
        ? []
        : [
            { name: 'with other signs between its characters', text: core },
            { name: 'backwards', text: [...core].reverse().join('') },
            ...encodedForms(canary),
          ]
  }

  /** How the canary stands in the text; null when it does not. */
  in(text: string): string | null {
    if (text.includes(this.#plain)) return 'as it is'
    const decoded = percentDecoded(text)
    if (decoded.includes(this.#plain)) return 'percent-encoded'
    const bare = squeezed(decoded)
    const found = this.#forms.find(({ text: form }) => bare.includes(form))
    return found?.name ?? null
  }
}

function encodedForms(canary: string): { name: string; text: string }[] {
  const bytes = Buffer.from(canary, 'utf8')
  // At each of the three offsets that Base64 can begin at, without the characters that neighbours have a part in.
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const whole = Math.floor(((offset + bytes.length) * 8) / 6)
    return squeezed(text.slice(offset === 0 ? 0 : offset + 1, whole))
  })
  const hex = { name: 'as hexadecimal', text: squeezed(bytes.toString('hex')) }
  return [hex, ...base64.filter((text) => text.length >= 8).map((text) => ({ name: 'as Base64', text }))]
}

function squeezed(text: string): string {
  return text.normalize('NFKC').replaceAll(joiners, '').toLowerCase()
}

function percentDecoded(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
}
