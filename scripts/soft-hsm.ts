import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where a SoftHSM is that was unpacked rather than installed. */
export const unpackedSoftHsm: string = fileURLToPath(new URL('../node_modules/.cache/softhsm/', import.meta.url))

/** A SoftHSM 2 on this machine: the library that speaks PKCS#11, and the tool that makes devices. */
export interface SoftHsm {
  readonly library: string
  readonly tool: string
}

/** Null where there is none. */
export function findSoftHsm(): SoftHsm | null {
  const library = ['/usr', '/usr/local', '/opt/homebrew', `${unpackedSoftHsm}usr`]
    .flatMap((root) => [
      `${root}/lib/softhsm/libsofthsm2.so`,
      `${root}/lib64/softhsm/libsofthsm2.so`,
      `${root}/lib64/pkcs11/libsofthsm2.so`,
    ])
    .find((file) => existsSync(file))
  const tool = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', `${unpackedSoftHsm}usr/bin`]
    .map((folder) => `${folder}/softhsm2-util`)
    .find((file) => existsSync(file))
  return library === undefined || tool === undefined ? null : { library, tool }
}
