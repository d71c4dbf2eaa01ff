import type { SigningKey } from './signing-key.ts'

/** A key that is kept by a device. */
export interface DeviceKey extends SigningKey {
  /** Which it is, without anything secret. */
  readonly shown: string
  /** True when the device says that it made the key itself, so that no copy of it was ever anywhere else. */
  readonly madeThere: boolean
}

/**
 * What keeps private keys to itself and signs with them: a hardware security module, a smart card, a service for keys. All of it throws BailiwickError
 * `KEY_DEVICE`.
 */
export interface KeyDevices {
  /**
   * A key that is there: proved to sign, and to be one that cannot be taken out.
   * @param uri which device and which key
   * @param x the public key that it must be; null for whichever it is
   */
  open(uri: string, x: string | null): Promise<DeviceKey>
  /** Makes a key under a name that no key has yet. */
  make(uri: string): Promise<DeviceKey>
  /** Checks the form of a URI, without reaching for the device. Returns what may be shown of it. */
  shown(uri: string): string
  close(): Promise<void>
}
