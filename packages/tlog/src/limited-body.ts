/** The bytes of a request's or response's body, or null if there are more than `limit`, which are then not read. */
export async function readLimited({ body }: Request | Response, limit: number): Promise<Uint8Array | null> {
  if (body === null) return new Uint8Array()
  const bytes = new Uint8Array(limit)
  let length = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.slice(0, length)
    if (length + value.length > limit) {
      await reader.cancel()
      return null
    }
    bytes.set(value, length)
    length += value.length
  }
}
