interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** A person with a browser: follows redirects, keeps cookies, and types their address into the forms that it is shown. */
export class Browser {
  readonly #person: string
  #cookies: Cookie[] = []

  constructor(person: string) {
    this.#person = person
  }

  /** Opens a page and submits its form, and those that follow, until the browser is sent to an address that begins so; resolves with that. */
  async open(url: string, until: string): Promise<URL> {
    let page = await this.#go(url, until)
    for (let forms = 0; forms < 10 && page.text !== null; forms += 1) {
      const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(page.text)
      if (form === null) throw new Error(`there is no form at ${page.url}`)
      const body = new URLSearchParams()
      for (const [input] of (form[2] as string).matchAll(/<input[^>]*>/g)) {
        const attribute = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1]
        const name = attribute('name')
        if (name !== undefined) body.set(name, attribute('value') ?? this.#person)
      }
      page = await this.#go(new URL(form[1] as string, page.url).href, until, body)
    }
    return new URL(page.url)
  }

  /** The page, null for the address that it is opened until, which it does not go to. */
  async #go(first: string, until: string, body?: URLSearchParams): Promise<{ readonly url: string; readonly text: string | null }> {
    let [url, form] = [first, body]
    for (let hops = 0; hops < 20; hops += 1) {
      if (url.startsWith(until)) return { url, text: null }
      const { pathname } = new URL(url)
      const cookie = this.#cookies.filter(({ path }) => pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`)
      const response = await fetch(url, {
        redirect: 'manual',
        headers: cookie.length === 0 ? {} : { cookie: cookie.join('; ') },
        ...(form === undefined ? {} : { method: 'POST', body: form }),
      })
      for (const line of response.headers.getSetCookie()) this.#keep(line)
      const location = response.headers.get('location')
      if (location === null) return { url, text: await response.text() }
      ;[url, form] = [new URL(location, url).href, undefined]
    }
    throw new Error(`the redirects do not end at ${url}`)
  }

  #keep(line: string): void {
    const [pair, ...attributes] = line.split('; ') as [string, ...string[]]
    const equals = pair.indexOf('=')
    const path = attributes.find((one) => one.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)]
    const others = this.#cookies.filter((one) => one.name !== name || one.path !== path)
    this.#cookies = value === '' ? others : [...others, { name, value, path }]
  }
}
