/** The longest line that is put together from a stream, in characters; what follows in the same line is left out. */
const longestLine = 65_536

/** Gives each line that is not empty of a stream of UTF-8, whole, however the stream was cut into chunks; the last one without a line break when the stream ends. */
export function eachLine(stream: NodeJS.EventEmitter, onLine: (line: string) => void): void {
  const decoder = new TextDecoder()
  let pending = ''
  const tell = (line: string): void => {
    if (line.trim() !== '') onLine(line)
  }
  stream.on('data', (chunk: Uint8Array) => {
    const [first = '', ...lines] = decoder.decode(chunk, { stream: true }).split('\n')
    pending = (pending + first).slice(0, longestLine)
    for (const line of lines) {
      tell(pending)
      pending = line.slice(0, longestLine)
    }
  })
  stream.on('end', () => tell(pending))
}
