/** Converts an offset in UTF-8 bytes, as the wasm build reports it, into UTF-16 units of the same text. Returns the text's length when the offset lies past its end. */
export function fromByteOffset(text: string, bytes: number): number {
  let seen = 0
  for (let index = 0; index < text.length;) {
    if (seen >= bytes) return index
    const point = text.codePointAt(index) as number
    seen += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    index += point < 0x10000 ? 1 : 2
  }
  return text.length
}
