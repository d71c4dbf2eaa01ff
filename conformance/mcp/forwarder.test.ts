import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startFixtureHttp } from './fixture-http.ts'
import { startForwarder, type Forwarder } from './forwarder.ts'
import { runConformance } from './run-suite.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function startTarget(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(async () => {
    server.close()
    server.closeAllConnections()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
}

async function forwardTo(target: URL, headers: Record<string, string> = {}): Promise<Forwarder> {
  const forwarder = await startForwarder({ target, headers })
  cleanups.push(forwarder.close)
  return forwarder
}

/** The target's view of one request sent through the forwarder. */
async function seenByTarget(own: Record<string, string> = {}): Promise<{ target: URL; via: URL; seen: IncomingMessage }> {
  const arrived = Promise.withResolvers<IncomingMessage>()
  const target = await startTarget((incoming, outgoing) => {
    arrived.resolve(incoming)
    outgoing.end()
  })
  const via = new URL((await forwardTo(target, { authorization: 'Bearer added' })).url)
  const headers = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, value.replace('FORWARDER', via.host)]))
  const sent = request(via, { method: 'POST', path: '/other?a=%20b', headers }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return { target, via, seen: await arrived.promise }
}

describe('the forwarder', () => {
  it('keeps the method, the path and the headers, and replaces the headers it was given', async () => {
    const { seen } = await seenByTarget({ authorization: 'Bearer own', 'mcp-session-id': '7' })
    expect([seen.method, seen.url]).toEqual(['POST', '/other?a=%20b'])
    expect(seen.headersDistinct).toMatchObject({ authorization: ['Bearer added'], 'mcp-session-id': ['7'] })
  })

  it('puts the target in a Host and an Origin that name the forwarder', async () => {
    const { seen, target } = await seenByTarget({ origin: 'http://FORWARDER' })
    expect(seen.headersDistinct).toMatchObject({ host: [target.host], origin: [target.origin] })
  })

  it('leaves every other Host and Origin as it is', async () => {
    const { seen } = await seenByTarget({ host: 'evil.example.com', origin: 'http://evil.example.com' })
    expect(seen.headersDistinct).toMatchObject({ host: ['evil.example.com'], origin: ['http://evil.example.com'] })
  })

  it('streams both bodies, so that the target can answer what it has got so far', async () => {
    const target = await startTarget((incoming, outgoing) => {
      outgoing.writeHead(201, { 'content-type': 'text/event-stream' }).flushHeaders()
      incoming.on('data', (chunk: Buffer) => outgoing.write(`<${chunk.toString()}>`)).on('end', () => outgoing.end())
    })
    const sent = request((await forwardTo(target)).url, { method: 'POST' })
    sent.flushHeaders()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers['content-type']]).toEqual([201, 'text/event-stream'])
    for (const part of ['first', 'second']) {
      sent.write(part)
      expect(String((await once(response, 'data'))[0])).toBe(`<${part}>`)
    }
    sent.end()
    await once(response.resume(), 'end')
    expect(response.complete).toBe(true)
  })

  it('breaks off the request to the target when the client goes away, before and during the answer', async () => {
    for (const during of [false, true]) {
      const arrived = Promise.withResolvers<ServerResponse>()
      const target = await startTarget((_, outgoing) => {
        if (during) outgoing.writeHead(200).write('part')
        arrived.resolve(outgoing)
      })
      const sent = request((await forwardTo(target)).url).end()
      sent.on('error', () => {})
      const outgoing = await arrived.promise
      const closed = once(outgoing, 'close')
      if (during) await once(sent, 'response')
      sent.destroy()
      await closed
      expect(outgoing.writableFinished).toBe(false)
    }
  })

  it('breaks off the answer to the client when the target does, and ends it when the target does', async () => {
    const target = await startTarget((incoming, outgoing) => {
      outgoing.writeHead(200).write('part')
      setTimeout(() => (incoming.url === '/end' ? outgoing.end() : outgoing.destroy()), 20)
    })
    const { url } = await forwardTo(target)
    expect(await (await fetch(new URL('/end', url))).text()).toBe('part')
    await expect((await fetch(new URL('/break', url))).text()).rejects.toThrow('terminated')
  })

  it('answers 502 when the target cannot be reached', async () => {
    const response = await fetch((await forwardTo(new URL('http://127.0.0.1:9/mcp'))).url)
    expect(response.status).toBe(502)
  })

  it('refuses a target that is not plain HTTP', async () => {
    await expect(startForwarder({ target: new URL('https://localhost/'), headers: {} })).rejects.toThrow('`http:` URL')
  })

  it('lets the whole conformance suite pass through it', async () => {
    const fixture = await startFixtureHttp(0)
    cleanups.push(fixture.close)
    const { url } = await forwardTo(new URL(fixture.url), { authorization: 'Bearer added' })
    const results = await runConformance({ url, specVersion: '2025-11-25' })
    expect(results.filter(({ passed, failed, warned }) => passed === 0 || failed + warned > 0)).toEqual([])
    expect(results).toHaveLength(32)
  })
})
