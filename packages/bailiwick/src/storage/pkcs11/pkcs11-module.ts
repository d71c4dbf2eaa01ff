import { realpathSync, statSync } from 'node:fs'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { functionIndex, lockingByTheSystem, mechanism, returned, returnName, sessionFlag, userRole } from './cryptoki.ts'
import type { FunctionName } from './cryptoki.ts'

/** What a function of the library answered, other than that all is well. */
export class Pkcs11Failure extends Error {
  readonly returned: number

  constructor(called: FunctionName, value: number) {
    super(`\`${called}\` answered ${returnName(value)}`)
    this.returned = value
  }
}

export interface DeviceInfo {
  readonly token: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  readonly flags: number
}

/** Attributes of an object, by their numbers, in the order in which they are handed over. */
export type Template = readonly (readonly [attribute: number, value: boolean | bigint | Uint8Array])[]

/** Flags of `dlopen`. */
const openNow = 2
const keepLoaded = process.platform === 'darwin' ? 0x80 : 0x1000

/** Of the threads that the library's functions run on. */
const stackBytes = 1024 * 1024

type Argument = bigint | Uint8Array | null
type Native = (...parameters: [...Argument[], (error: Error | null | undefined, result: number | bigint) => void]) => void

/** The types of each function's parameters: `ulong` for handles, counts and flags, `void *` for what is pointed at. */
const parameters: Readonly<Record<FunctionName, string>> = {
  C_Initialize: 'p',
  C_Finalize: 'p',
  C_GetSlotList: 'npp',
  C_GetTokenInfo: 'np',
  C_OpenSession: 'nnppp',
  C_CloseSession: 'n',
  C_Login: 'nnpn',
  C_GetAttributeValue: 'nnpn',
  C_FindObjectsInit: 'npn',
  C_FindObjects: 'npnp',
  C_FindObjectsFinal: 'n',
  C_SignInit: 'npn',
  C_Sign: 'npnpp',
  C_GenerateKeyPair: 'nppnpnpp',
}

/**
 * A library that speaks to devices by PKCS#11, loaded into this process. Its functions run on other threads, one at a time is for the caller to see to.
 * What they answer throws {@link Pkcs11Failure}.
 */
export class Pkcs11Module {
  readonly path: string
  readonly #functions: Readonly<Record<FunctionName, Native>>
  readonly #addressOf: (bytes: Uint8Array) => bigint
  /** False where something else in this process has the library in use as well. */
  #ours = false
  /** What the library may read or write just now: it must neither move nor be freed. */
  readonly #lent = new Set<unknown>()

  private constructor(path: string, functions: Readonly<Record<FunctionName, Native>>, addressOf: (bytes: Uint8Array) => bigint) {
    this.path = path
    this.#functions = functions
    this.#addressOf = addressOf
  }

  /** @throws BailiwickError `KEY_DEVICE` for a library that is absent, could have been put there by others, or is none of PKCS#11 */
  static async load(path: string): Promise<Pkcs11Module> {
    assertTrusted(path)
    const koffi = await foreignFunctions()
    let list: bigint
    try {
      const first = Buffer.alloc(8)
      const answer = koffi.load(path).func('C_GetFunctionList', 'ulong', ['void *'])(first) as number
      list = answer === returned.ok ? first.readBigUInt64LE() : 0n
      // Its own threads may run in it: it stays where it is when nothing here refers to it any more.
      koffi.load(null).func('dlopen', 'void *', ['str', 'int'])(path, openNow | keepLoaded)
    } catch (error) {
      throw notLoaded(path, (error as Error).message, error)
    }
    if (list === 0n) throw notLoaded(path, 'it gives no list of its functions')
    const functionAt = (name: FunctionName): Native => {
      // The list begins with its version, filled up to the size of a pointer.
      const pointer: unknown = koffi.decode(list, 8 * (1 + functionIndex[name]), 'void *')
      const types = [...parameters[name]].map((type) => (type === 'p' ? 'void *' : 'ulong'))
      return (koffi.decode(pointer, koffi.proto('ulong', types)) as { readonly async: Native }).async
    }
    const functions = Object.fromEntries(Object.keys(functionIndex).map((name) => [name, functionAt(name as FunctionName)]))
    const module = new Pkcs11Module(path, functions as Record<FunctionName, Native>, (bytes) => koffi.address(bytes))
    await module.#initialise()
    return module
  }

  /** Has the library look for devices anew. No session outlives it. */
  async restart(): Promise<void> {
    await this.close()
    await this.#initialise()
  }

  /** Ends the use of the library by this process, where it began here. */
  async close(): Promise<void> {
    if (this.#ours) await this.#call('C_Finalize', [null], [returned.notInitialised])
    this.#ours = false
  }

  async #initialise(): Promise<void> {
    const options = Buffer.alloc(48)
    options.writeBigUInt64LE(lockingByTheSystem, 32)
    this.#ours = (await this.#call('C_Initialize', [options], [returned.alreadyInitialised])) === returned.ok
  }

  /** Slots in which there is a device. */
  async slots(): Promise<readonly bigint[]> {
    const count = number(0n)
    await this.#call('C_GetSlotList', [1n, null, count])
    const slots = Buffer.alloc(8 * Number(count.readBigUInt64LE()))
    if (slots.length > 0) await this.#call('C_GetSlotList', [1n, slots, count])
    return numbersIn(slots, count)
  }

  async device(slot: bigint): Promise<DeviceInfo> {
    const info = Buffer.alloc(256)
    await this.#call('C_GetTokenInfo', [slot, info])
    const text = (from: number, to: number): string => info.toString('utf8', from, to).trimEnd()
    return { token: text(0, 32), manufacturer: text(32, 64), model: text(64, 80), serial: text(80, 96), flags: info.readUInt32LE(96) }
  }

  async openSession(slot: bigint, writing: boolean): Promise<bigint> {
    const session = number(0n)
    await this.#call('C_OpenSession', [slot, sessionFlag.serial | (writing ? sessionFlag.readWrite : 0n), null, null, session])
    return session.readBigUInt64LE()
  }

  async closeSession(session: bigint): Promise<void> {
    await this.#call('C_CloseSession', [session])
  }

  /** Overwrites the PIN. */
  async logIn(session: bigint, pin: Uint8Array): Promise<void> {
    try {
      await this.#call('C_Login', [session, userRole, pin, BigInt(pin.length)], [returned.userAlreadyLoggedIn])
    } finally {
      pin.fill(0)
    }
  }

  /** Handles of the objects that have these attributes, ten at most. */
  async find(session: bigint, template: Template): Promise<readonly bigint[]> {
    const { bytes, values } = this.#packed(template)
    await this.#call('C_FindObjectsInit', [session, bytes, BigInt(template.length)], [], values)
    const [found, count] = [Buffer.alloc(80), number(0n)]
    await this.#call('C_FindObjects', [session, found, 10n, count])
    await this.#call('C_FindObjectsFinal', [session])
    return numbersIn(found, count)
  }

  /** An attribute of an object; null where the object does not have it, or does not tell. */
  async read(session: bigint, object: bigint, type: number): Promise<Uint8Array | null> {
    const value = Buffer.alloc(1024)
    const { bytes, values } = this.#packed([[type, value]])
    const silent = [returned.attributeSensitive, returned.attributeTypeInvalid]
    const answer = await this.#call('C_GetAttributeValue', [session, object, bytes, 1n], silent, values)
    return answer === returned.ok ? value.subarray(0, Number(bytes.readBigUInt64LE(16))) : null
  }

  /** Ed25519 over a message: 64 bytes. */
  async sign(session: bigint, key: bigint, message: Uint8Array): Promise<Uint8Array> {
    const { bytes, values } = this.#mechanism(mechanism.eddsa)
    await this.#call('C_SignInit', [session, bytes, key], [], values)
    // An empty buffer has no address of its own.
    const text = message.length === 0 ? Buffer.alloc(1) : Buffer.from(message)
    const [signature, length] = [Buffer.alloc(128), number(128n)]
    await this.#call('C_Sign', [session, text, BigInt(message.length), signature, length])
    return new Uint8Array(signature.subarray(0, Number(length.readBigUInt64LE())))
  }

  /** Makes a key pair whose halves have these attributes. */
  async makePair(session: bigint, type: bigint, publicHalf: Template, privateHalf: Template): Promise<void> {
    const { bytes, values } = this.#mechanism(type)
    const [one, other] = [this.#packed(publicHalf), this.#packed(privateHalf)]
    const counts = [publicHalf, privateHalf].map(({ length }) => BigInt(length)) as [bigint, bigint]
    const given = [session, bytes, one.bytes, counts[0], other.bytes, counts[1], number(0n), number(0n)]
    await this.#call('C_GenerateKeyPair', given, [], [values, one, other])
  }

  /** @param also what the library may answer besides that all is well @param behind what the arguments point at */
  async #call(name: FunctionName, given: readonly Argument[], also: readonly number[] = [], behind?: unknown): Promise<number> {
    const lent = [given, behind]
    this.#lent.add(lent)
    try {
      const answer = await new Promise<number>((resolve, reject) => {
        this.#functions[name](...given, (error, result) =>
          error === null || error === undefined ? resolve(Number(result)) : reject(error),
        )
      })
      if (answer !== returned.ok && !also.includes(answer)) throw new Pkcs11Failure(name, answer)
      return answer
    } finally {
      this.#lent.delete(lent)
    }
  }

  /** `CK_ATTRIBUTE[]`, and what it points at. */
  #packed(template: Template): { readonly bytes: Buffer; readonly values: readonly Uint8Array[] } {
    const values = template.map(([, value]) =>
      typeof value === 'bigint' ? number(value) : typeof value === 'boolean' ? Buffer.from([value ? 1 : 0]) : value,
    )
    const bytes = Buffer.alloc(24 * template.length)
    for (const [index, value] of values.entries()) {
      bytes.writeBigUInt64LE(BigInt(template[index]?.[0] ?? 0), 24 * index)
      bytes.writeBigUInt64LE(this.#addressOf(value), 24 * index + 8)
      bytes.writeBigUInt64LE(BigInt(value.length), 24 * index + 16)
    }
    return { bytes, values }
  }

  /** `CK_MECHANISM` without a parameter. */
  #mechanism(type: bigint): { readonly bytes: Buffer; readonly values: readonly Uint8Array[] } {
    const bytes = Buffer.alloc(24)
    bytes.writeBigUInt64LE(type)
    return { bytes, values: [] }
  }
}

function number(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

function numbersIn(bytes: Buffer, count: Buffer): bigint[] {
  const length = Math.min(Number(count.readBigUInt64LE()), bytes.length / 8)
  return Array.from({ length }, (_, index) => bytes.readBigUInt64LE(8 * index))
}

/** The package by which functions of C are called: optional, and loaded when the first key of a device is. */
async function foreignFunctions(): Promise<typeof import('koffi').default> {
  if (process.platform === 'win32' || !['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch))
    throw new BailiwickError('KEY_DEVICE', `keys in devices cannot be used on ${process.platform} ${process.arch}`, {
      mend: 'keep them in sealed files: `bailiwick keys seal`',
    })
  try {
    const koffi = (await import('koffi')).default
    // Libraries that reach their device over a network need more than the 128 kB that are usual.
    if ((koffi.config().async_stack_size ?? 0) < stackBytes) koffi.config({ async_stack_size: stackBytes })
    return koffi
  } catch (error) {
    throw new BailiwickError('KEY_DEVICE', `the package \`koffi\`, by which a library of PKCS#11 is called, cannot be loaded`, {
      mend: 'install it: `npm install koffi`; it is an optional dependency, which some ways of installing leave out',
      cause: error,
    })
  }
}

/** What is loaded runs as this process. */
function assertTrusted(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw notLoaded(path, 'there is no such file')
  const { mode, uid } = statSync(realpathSync(path))
  if ((mode & 0o022) !== 0) throw notLoaded(path, 'others can write to it')
  if (uid !== 0 && uid !== process.getuid?.()) throw notLoaded(path, 'it belongs to somebody else')
}

function notLoaded(path: string, problem: string, cause?: unknown): BailiwickError {
  return new BailiwickError('KEY_DEVICE', `the library \`${path}\` cannot be used: ${problem}`, {
    mend: 'name the library that came with the device, for this system and this processor, as `module-path`',
    cause,
  })
}
