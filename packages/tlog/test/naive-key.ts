import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { nativeSha256 } from './naive-tree.ts'

/** An Ed25519 key of signed notes made with node:crypto alone: its vkey, and its signature lines. */
export interface NaiveKey {
  readonly vkey: string
  /** The signature line over a note text, of type 1 or, with a time, of type 4. */
  line(text: string): string
}

/** The key of type 1 or, with a time in seconds since 1970, of type 4. The seed is hexadecimal. */
export function naiveKey(name: string, seed: string, time?: number): NaiveKey {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex')
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  const typed = Buffer.concat([Buffer.of(time === undefined ? 1 : 4), publicKey])
  const id = Buffer.from(nativeSha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).subarray(0, 4))
  return {
    vkey: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    line: (text) => {
      const stamp = Buffer.alloc(time === undefined ? 0 : 8)
      if (time !== undefined) stamp.writeBigUInt64BE(BigInt(time))
      const message = time === undefined ? text : `cosignature/v1\ntime ${time}\n${text}`
      return `— ${name} ${Buffer.concat([id, stamp, sign(null, Buffer.from(message), privateKey)]).toString('base64')}\n`
    },
  }
}
