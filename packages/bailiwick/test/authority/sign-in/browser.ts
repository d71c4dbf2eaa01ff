interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** A person with a browser: follows redirects, keeps cookies, fills in the forms that it is shown. */
export class Browser {
  readonly #fields: Readonly<Record<string, string>>
  #cookies: Cookie[] = []

  /** @param fields what the person types, by the names of the fields */
  constructor(fields: Readonly<Record<string, string>>) {
    this.#fields = fields
  }

  /** Opens a page and submits its form, and those that follow, until there is none. Resolves with the last page and its address. */
  async open(url: string): Promise<{ readonly url: string; readonly text: string }> {
    let page = await this.#go(url)
    for (let forms = 0; forms < 10; forms += 1) {
      const form = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/.exec(page.text)
      if (form === null) return page
      const body = new URLSearchParams()
      for (const [input] of (form[2] as string).matchAll(/<input[^>]*>/g)) {
        const attribute = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(input)?.[1]
        const name = attribute('name')
        if (name !== undefined) body.set(name, attribute('value') ?? this.#fields[name] ?? '')
      }
      page = await this.#go(new URL(form[1] as string, page.url).href, body)
    }
    throw new Error(`the forms do not end at ${page.url}`)
  }

  /** Where the provider would send the browser at last, which does not go there. */
  async lead(url: string): Promise<string> {
    this.#stay = true
    return (await this.open(url)).url
  }

  #stay = false

  async #go(first: string, body?: URLSearchParams): Promise<{ readonly url: string; readonly text: string }> {
    let [url, form] = [first, body]
    for (let hops = 0; hops < 20; hops += 1) {
      if (this.#stay && new URL(url).pathname === '/callback') return { url, text: '' }
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
    this.#cookies = [
      ...this.#cookies.filter((one) => one.name !== name || one.path !== path),
      ...(value === '' ? [] : [{ name, value, path }]),
    ]
  }
}
