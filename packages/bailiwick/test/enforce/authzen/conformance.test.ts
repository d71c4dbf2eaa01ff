import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forbid, LiveGateway } from '../live-gateway.ts'
import { EnforcementPoint, evaluation } from './enforcement-point.ts'

interface Case {
  readonly name: string
  readonly section: string
  readonly path: string
  readonly type?: string
  readonly text?: string
  readonly body?: unknown
  readonly status: number
  readonly answer?: Readonly<Record<string, unknown>>
}

const file = new URL('../../../../../conformance/authzen.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly Case[] }

let gateway: LiveGateway
let point: EnforcementPoint
beforeAll(async () => {
  gateway = await LiveGateway.open({}, { 'a.cedar': forbid('act') })
  point = await EnforcementPoint.open(gateway)
})
afterAll(() => gateway?.close())

describe('the Authorization API answers as the standard says', () => {
  it.each(cases)('to $name ($section)', async ({ path, type, text, body, status, answer }) => {
    const headers = { 'x-request-id': 'bfe9eb29-ab87-4ca3', ...(type === undefined ? {} : { 'content-type': type }) }
    const answered = await point.post<Record<string, unknown>>(path, text ?? body, headers)
    expect([answered.status, answered.headers.get('content-type')]).toEqual([status, 'application/json'])
    expect(answered.headers.get('x-request-id')).toBe('bfe9eb29-ab87-4ca3')
    if (answer === undefined) expect(answered.body).toEqual({ error: { status, message: expect.any(String) as string } })
    else expect(answered.body).toMatchObject(answer)
    if (answer?.['results'] !== undefined) expect(answered.body).toEqual(answer)
  })

  it('and names what it answers in its metadata', async () => {
    const response = await fetch(`${gateway.origin}/.well-known/authzen-configuration`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    const { origin } = gateway
    expect(await response.json()).toEqual({
      policy_decision_point: origin,
      access_evaluation_endpoint: `${origin}/access/v1/evaluation`,
      access_evaluations_endpoint: `${origin}/access/v1/evaluations`,
      search_resource_endpoint: `${origin}/access/v1/search/resource`,
      search_action_endpoint: `${origin}/access/v1/search/action`,
      supported_obligations: ['urn:bailiwick:obligation:redact'],
    })
  })

  it('with an id of the request only where there was one, with the same decision each time', async () => {
    for (let index = 0; index < 5; index += 1) {
      const { headers, body } = await point.post('/access/v1/evaluation', evaluation('box.honest', { text: 'again' }))
      expect([headers.has('x-request-id'), body.decision]).toEqual([false, true])
    }
  })
})
