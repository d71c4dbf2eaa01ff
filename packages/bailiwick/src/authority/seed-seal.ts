import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { canonicalJson } from '../model/json.ts'
import type { JsonObject } from '../model/json.ts'

/** Bytes as files of keys write them: base64url. */
export const bytesSchema: z.ZodString = z.string().regex(/^[A-Za-z0-9_-]+$/)

/** A sealed seed as files of keys have it. */
export const sealingSchema: z.ZodType<Sealing> = z.strictObject({
  name: z.literal('aes-256-gcm'),
  nonce: bytesSchema.length(16),
  tag: bytesSchema.length(22),
  sealed: bytesSchema,
})

export interface Sealing {
  readonly name: 'aes-256-gcm'
  readonly nonce: string
  readonly tag: string
  readonly sealed: string
}

/** Seals a seed with 32 bytes. @param head what stands beside it in the clear, and is held to it as canonical JSON (RFC 8785) */
export function sealSeed(seed: Uint8Array, key: Uint8Array, head: JsonObject): Sealing {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(canonicalJson(head)))
  const sealed = Buffer.concat([cipher.update(seed), cipher.final()])
  const text = (part: Buffer): string => part.toString('base64url')
  return { name: 'aes-256-gcm', nonce: text(nonce), tag: text(cipher.getAuthTag()), sealed: text(sealed) }
}

/** Opens a sealed seed. @throws Error when key, head or anything in the seal is another */
export function openSeed({ nonce, tag, sealed }: Sealing, key: Uint8Array, head: JsonObject): Uint8Array {
  const opening = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), { authTagLength: 16 })
  opening.setAAD(Buffer.from(canonicalJson(head)))
  opening.setAuthTag(Buffer.from(tag, 'base64url'))
  return new Uint8Array(Buffer.concat([opening.update(Buffer.from(sealed, 'base64url')), opening.final()]))
}
