import type { DeviceKey, KeyDevices } from '../../authority/key-devices.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { deviceFlag, returned } from './cryptoki.ts'
import { devicePin, moduleVariable } from './device-pin.ts'
import { makeKey, openKey } from './device-session.ts'
import type { OpenedKey } from './device-session.ts'
import { Pkcs11Failure, Pkcs11Module } from './pkcs11-module.ts'
import type { DeviceInfo } from './pkcs11-module.ts'
import { parsePkcs11Uri } from './pkcs11-uri.ts'
import type { Pkcs11Uri } from './pkcs11-uri.ts'

/** How long a device may take for anything, in milliseconds. */
const patience = 20_000

interface Opened {
  readonly module: Pkcs11Module
  readonly session: bigint
  readonly key: OpenedKey
}

const wrongPin: ReadonlySet<number> = new Set([returned.pinIncorrect, returned.pinInvalid, returned.pinLengthRange])

/** Devices that are spoken to by PKCS#11; one such object for a process. One thing is done at a time, and a PIN that was wrong is not tried again. */
export class Pkcs11Devices implements KeyDevices {
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #modules = new Map<string, Pkcs11Module>()
  readonly #opened = new Map<string, Opened>()
  /** Devices that have refused the PIN, by library and serial number. */
  readonly #refused = new Map<string, BailiwickError>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#environment = environment
  }

  shown(uri: string): string {
    return parsePkcs11Uri(uri).shown
  }

  async open(uri: string, x: string | null): Promise<DeviceKey> {
    const parsed = parsePkcs11Uri(uri)
    const key = await this.#alone(parsed, () => this.#with(uri, parsed, x, async (opened) => opened))
    if (x !== null && key.x !== x) throw new BailiwickError('KEY_DEVICE', `the key \`${parsed.shown}\` is \`${key.x}\`, not \`${x}\``)
    return {
      x: key.x,
      publicKey: key.publicKey,
      shown: parsed.shown,
      madeThere: key.madeThere,
      sign: (message) => this.#alone(parsed, () => this.#with(uri, parsed, key.x, (opened) => opened.sign(message))),
    }
  }

  async make(uri: string): Promise<DeviceKey> {
    const parsed = parsePkcs11Uri(uri)
    await this.#alone(parsed, async () => {
      const { module, session } = await this.#session(parsed, true)
      try {
        await makeKey(module, session, parsed)
      } finally {
        await module.closeSession(session)
      }
    })
    return this.open(uri, null)
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {})
    for (const { module, session } of this.#opened.values()) await module.closeSession(session).catch(() => {})
    this.#opened.clear()
    for (const module of this.#modules.values()) await module.close()
    this.#modules.clear()
  }

  /** Does something with an opened key; once more when that fails for a reason that may be gone. */
  async #with<T>(uri: string, parsed: Pkcs11Uri, x: string | null, work: (key: OpenedKey) => Promise<T>): Promise<T> {
    try {
      return await work((await this.#openedKey(uri, parsed, x)).key)
    } catch (error) {
      if (!(error instanceof Pkcs11Failure)) throw error
    }
    // A device that was away for a moment has forgotten its sessions, and a library may have to look for it anew.
    await this.#restart(parsed)
    return work((await this.#openedKey(uri, parsed, x)).key)
  }

  async #restart(uri: Pkcs11Uri): Promise<void> {
    const module = await this.#module(uri)
    for (const [name, opened] of this.#opened)
      if (opened.module === module) {
        // Of a device that is gone there is nothing to close.
        await module.closeSession(opened.session).catch(() => {})
        this.#opened.delete(name)
      }
    await module.restart()
  }

  async #openedKey(uri: string, parsed: Pkcs11Uri, x: string | null): Promise<Opened> {
    const known = this.#opened.get(uri)
    if (known !== undefined) return known
    const { module, session } = await this.#session(parsed, false)
    try {
      const opened = { module, session, key: await openKey(module, session, parsed, x) }
      this.#opened.set(uri, opened)
      return opened
    } catch (error) {
      await module.closeSession(session).catch(() => {})
      throw error
    }
  }

  /** A session with the device of a URI, logged in. */
  async #session(uri: Pkcs11Uri, writing: boolean): Promise<{ readonly module: Pkcs11Module; readonly session: bigint }> {
    const module = await this.#module(uri)
    const { slot, info } = await deviceOf(module, uri)
    const session = await module.openSession(slot, writing)
    try {
      await this.#logIn(module, session, `${module.path}\n${info.serial}\n${info.token}`, info, uri)
    } catch (error) {
      await module.closeSession(session).catch(() => {})
      throw error
    }
    return { module, session }
  }

  async #module(uri: Pkcs11Uri): Promise<Pkcs11Module> {
    const path = uri.modulePath ?? this.#environment[moduleVariable] ?? ''
    if (!path.startsWith('/'))
      throw new BailiwickError('KEY_DEVICE', `nothing says which library speaks to the device of \`${uri.shown}\``, {
        mend: `name it in the URI, \`module-path=/…\`, or set \`${moduleVariable}\``,
      })
    const known = this.#modules.get(path)
    if (known !== undefined) return known
    const module = await Pkcs11Module.load(path)
    this.#modules.set(path, module)
    return module
  }

  async #logIn(module: Pkcs11Module, session: bigint, device: string, { flags }: DeviceInfo, uri: Pkcs11Uri): Promise<void> {
    const refused = this.#refused.get(device)
    if (refused !== undefined) throw refused
    if ((flags & deviceFlag.pinLocked) !== 0) throw pinFault(uri, 'it is locked after wrong PINs', 'have its security officer unlock it')
    if ((flags & deviceFlag.pinFinalTry) !== 0)
      throw pinFault(
        uri,
        'it has one try for the PIN left, which is not used up',
        'log in once with the tool of its maker, which sets the tries back',
      )
    try {
      await module.logIn(session, devicePin(uri.pinFile, this.#environment))
    } catch (error) {
      if (!(error instanceof Pkcs11Failure) || !wrongPin.has(error.returned)) throw error
      const fault = pinFault(
        uri,
        'it refuses the PIN, which is not tried again',
        'put the right one in place before anything is started anew: a device locks itself after a few wrong ones',
      )
      this.#refused.set(device, fault)
      throw fault
    }
  }

  /** Does one thing after the other, and says of what a device answers which device and key it was about. */
  async #alone<T>(uri: Pkcs11Uri, work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work)
    this.#last = done.catch(() => {})
    try {
      return await inTime(done, uri)
    } catch (error) {
      if (!(error instanceof Pkcs11Failure)) throw error
      throw new BailiwickError('KEY_DEVICE', `the device of \`${uri.shown}\` does not do what it is asked for: ${error.message}`, {
        mend: 'see whether it is there and what it says to the tool of its maker',
        cause: error,
      })
    }
  }
}

/** The device that a URI names. @throws BailiwickError `KEY_DEVICE` when it is none or more than one of those that are there */
async function deviceOf(module: Pkcs11Module, uri: Pkcs11Uri): Promise<{ readonly slot: bigint; readonly info: DeviceInfo }> {
  const found: { readonly slot: bigint; readonly info: DeviceInfo }[] = []
  for (const slot of await module.slots()) {
    const info = await module.device(slot)
    const fits = Object.entries(uri.device).every(([name, value]) => info[name as keyof typeof uri.device] === value)
    if (fits && (info.flags & deviceFlag.initialised) !== 0) found.push({ slot, info })
  }
  const [one, ...others] = found
  if (one === undefined)
    throw new BailiwickError('KEY_DEVICE', `there is no device as \`${uri.shown}\` says`, {
      mend: 'put it in, or see what the tool of its maker lists',
    })
  if (others.length > 0)
    throw new BailiwickError('KEY_DEVICE', `${found.length} devices are as \`${uri.shown}\` says`, { mend: 'say which with `serial=`' })
  return one
}

function inTime<T>(work: Promise<T>, { shown }: Pkcs11Uri): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void =>
      reject(
        new BailiwickError('KEY_DEVICE', `the device of \`${shown}\` has not answered within ${patience / 1000} s`, {
          mend: 'see whether it can be reached; a process that waits for it goes on when it answers',
        }),
      )
    const timer = setTimeout(late, patience)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function pinFault({ shown }: Pkcs11Uri, problem: string, mend: string): BailiwickError {
  return new BailiwickError('KEY_DEVICE', `nobody can log in to the device of \`${shown}\`: ${problem}`, { mend })
}
