import * as z from 'zod'
import { BailiwickError } from '../model/bailiwick-error.ts'
import { jsonIn } from '../model/json.ts'

const format = 'bailiwick-key-reference'

const form = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  uri: z.string().startsWith('pkcs11:'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})

/** What stands in the place of a key in its file, when a device keeps the key. Nothing in it is secret. */
export interface KeyReference {
  /** Where the key is: a PKCS#11 URI (RFC 7512). */
  readonly uri: string
  /** The public key, so that another that is put in its place is noticed, and that it can be looked up without the device. */
  readonly x: string
}

/** The text of the file. */
export function referenceText({ uri, x }: KeyReference): string {
  return `${JSON.stringify({ format, version: 1, uri, x } satisfies z.infer<typeof form>, null, 2)}\n`
}

/** The reference that is the text of a key file; null for a text that is something else. @throws BailiwickError `KEY_FILE` for one that is malformed */
export function referenceIn(text: string, path: string): KeyReference | null {
  if (!text.includes(format)) return null
  const read = form.safeParse(jsonIn(text))
  if (read.success) return read.data
  throw new BailiwickError('KEY_FILE', `the key file \`${path}\` refers to a device in a form that it must not have`, {
    mend: 'restore it from a copy',
  })
}
