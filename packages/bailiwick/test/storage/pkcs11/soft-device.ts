import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findSoftHsm } from '../../../../../scripts/soft-hsm.ts'

export const pin = 'correct-horse-4711'

/** A device of SoftHSM with files of its own, for this process and those that it starts. */
export class SoftDevice {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'bailiwick-device-')))
  readonly library: string
  readonly pinFile: string = join(this.folder, 'pin')
  readonly #tool: string
  readonly #tokens: string = join(this.folder, 'tokens')

  /** @param names what the devices are called */
  constructor(...names: readonly string[]) {
    const found = findSoftHsm()
    if (found === null) throw new Error('SoftHSM 2 is missing: run `npm run softhsm`')
    this.library = found.library
    this.#tool = found.tool
    mkdirSync(this.#tokens)
    writeFileSync(
      join(this.folder, 'softhsm2.conf'),
      `directories.tokendir = ${this.#tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
    )
    process.env['SOFTHSM2_CONF'] = this.environment['SOFTHSM2_CONF']
    this.setPin(pin)
    for (const name of names) this.#run('--init-token', '--free', '--label', name, '--so-pin', 'so-pin-0815', '--pin', pin)
  }

  /** What a process needs to find the device. */
  get environment(): Readonly<Record<string, string>> {
    return { SOFTHSM2_CONF: join(this.folder, 'softhsm2.conf') }
  }

  /** A URI by which everything is found without the environment. */
  uri(object: string, device = 'one'): string {
    return `pkcs11:token=${device};object=${object}?module-path=${this.library}&pin-source=file:${this.pinFile}`
  }

  setPin(text: string, mode = 0o600): void {
    rmSync(this.pinFile, { force: true })
    writeFileSync(this.pinFile, `${text}\n`, { mode })
  }

  /** Brings a key into the device from outside. Returns its seed. */
  bringIn(object: string): Uint8Array {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const file = join(this.folder, 'brought-in.pem')
    writeFileSync(file, privateKey, { mode: 0o600 })
    this.#run('--import', file, '--token', 'one', '--label', object, '--id', '0a', '--pin', pin)
    rmSync(file)
    return Buffer.from(createPrivateKey(privateKey).export({ format: 'jwk' }).d as string, 'base64url')
  }

  pullOut(): void {
    renameSync(this.#tokens, `${this.#tokens}.out`)
  }

  putBack(): void {
    renameSync(`${this.#tokens}.out`, this.#tokens)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #run(...args: readonly string[]): void {
    execFileSync(this.#tool, ['--module', this.library, ...args], { env: { ...process.env, ...this.environment }, stdio: 'pipe' })
  }
}
