/** The URL that a client made a request to, without query: what a proof of possession names. Hosts are checked before, so that no client can choose another. */
export function requestUrl(request: Request, publicUrl: string | null): string {
  const { origin, pathname } = new URL(request.url)
  return `${publicUrl ?? origin}${pathname}`
}
