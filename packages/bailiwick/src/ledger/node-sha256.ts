import { hash } from 'node:crypto'

/** SHA-256 by Node's own implementation, for the tree. */
export const nodeSha256 = (data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer')
