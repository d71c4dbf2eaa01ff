/** What an issuer publishes could not be had, or cannot be used. Its message is a reason to refuse a token. */
export class IssuerUnusable extends Error {}

export interface Fetching {
  /** Milliseconds that an issuer may take to answer, from the request to the last byte. */
  readonly timeout: number
  /** Milliseconds before what could not be had is asked for again, and before unknown keys have a set of keys fetched anew. */
  readonly cooldown: number
}

export const usualFetching: Fetching = { timeout: 5000, cooldown: 30_000 }

/** The longest document that is read, in bytes: a set of keys has a few thousand. */
export const longestDocument: number = 256 * 1024

/**
 * Fetches documents of issuers: whole or not at all, within a time and a size, and from the address that is asked for; a
 * redirect is not followed. An address that failed is left alone for a while, so that nobody's tokens can have it asked over and over.
 */
export class IssuerDocuments {
  readonly fetching: Fetching
  readonly #failed = new Map<string, number>()

  constructor(fetching: Fetching) {
    this.fetching = fetching
  }

  /** The text at an address. @throws IssuerUnusable */
  async read(url: string): Promise<string> {
    const failed = this.#failed.get(url)
    if (failed !== undefined && performance.now() - failed < this.fetching.cooldown)
      throw new IssuerUnusable('its issuer did not answer as it should a moment ago')
    try {
      const text = await this.#fetch(url)
      this.#failed.delete(url)
      return text
    } catch (error) {
      this.#failed.set(url, performance.now())
      throw error instanceof IssuerUnusable
        ? error
        : new IssuerUnusable(
            `its issuer does not answer: ${error instanceof Error && error.name === 'TimeoutError' ? 'it takes too long' : 'it cannot be reached'}`,
            {
              cause: error,
            },
          )
    }
  }

  async #fetch(url: string): Promise<string> {
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(this.fetching.timeout),
      headers: { accept: 'application/json, application/jwk-set+json', 'user-agent': 'bailiwick' },
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new IssuerUnusable(
        response.status >= 300 && response.status < 400
          ? 'its issuer sends on to another address, which is not followed'
          : `its issuer answers with status ${response.status}`,
      )
    }
    return (await wholeBody(response)).toString('utf8')
  }
}

/** All that a response holds, as far as that is bearable. @throws IssuerUnusable */
export async function wholeBody(response: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += (chunk as Uint8Array).length
    if (length > longestDocument) throw new IssuerUnusable(`what its issuer publishes is over ${longestDocument} bytes`)
    chunks.push(chunk as Uint8Array)
  }
  return Buffer.concat(chunks)
}
