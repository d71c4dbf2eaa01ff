import { BailiwickError } from '../../model/bailiwick-error.ts'

/** What a request is lent: its headers, and the token among them, if there is one. */
export interface Loan {
  readonly headers: Readonly<Record<string, string>>
  readonly token: string | null
}

/**
 * A fetch that lends each request what it needs, at the last moment: to the toolbox's own origin alone, and never on the way of a redirect. A token that
 * the toolbox refuses is replaced by a new one, once; the toolbox has said that it did nothing.
 * @param lend what a request is lent; `refused` is a token that is not good, to be lent no more
 */
export function lendingFetch(url: string, lend: (refused: string | null) => Promise<Loan>): typeof fetch {
  const { origin } = new URL(url)
  return async (input, init) => {
    const address = input instanceof Request ? input.url : String(input)
    if (new URL(address).origin !== origin) throw new BailiwickError('UPSTREAM_FAILED', 'a request of a toolbox leads to another origin')
    const send = (loan: Loan): Promise<Response> => fetch(address, { ...init, headers: withLoan(init?.headers, loan), redirect: 'error' })
    const loan = await lend(null)
    const response = await send(loan)
    if (response.status !== 401 || loan.token === null) return response
    await response.body?.cancel()
    return send(await lend(loan.token))
  }
}

function withLoan(headers: RequestInit['headers'], loan: Loan): Headers {
  const all = new Headers(headers)
  for (const [name, value] of Object.entries(loan.headers)) all.set(name, value)
  return all
}
