import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { attribute, keyTypeEdwards, mechanism, objectClass } from './cryptoki.ts'
import type { Pkcs11Module, Template } from './pkcs11-module.ts'
import type { Pkcs11Uri } from './pkcs11-uri.ts'

const signatureBytes = 64
/** What a key signs to show that it is the one that its public half says. */
const probe = 'bailiwick device key v1\n'

/** A key pair in a device whose PIN was given. */
export interface OpenedKey {
  readonly x: string
  readonly publicKey: KeyObject
  readonly madeThere: boolean
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

/**
 * Opens the key that a URI names, in a session that is logged in.
 * @param x the public key that it must be; null to take the one that is beside it in the device
 * @throws BailiwickError `KEY_DEVICE` when there is none or more than one, when it is no Ed25519 key, can be taken out, or is another; Pkcs11Failure
 */
export async function openKey(module: Pkcs11Module, session: bigint, uri: Pkcs11Uri, x: string | null): Promise<OpenedKey> {
  const handle = await theOne(module, session, uri, objectClass.privateKey, 'private key')
  const is = async (type: number): Promise<boolean> => (await module.read(session, handle, type))?.[0] === 1
  const keyType = await module.read(session, handle, attribute.keyType)
  if (keyType === null || Buffer.from(keyType).readBigUInt64LE() !== keyTypeEdwards) throw unusable(uri, 'it is no Ed25519 key', madeHere)
  // What is not told is not believed.
  if (!(await is(attribute.sensitive)) || (await module.read(session, handle, attribute.extractable))?.[0] !== 0)
    throw unusable(uri, 'its private half can be taken out of the device', `${madeHere}; such a key is sensitive and not extractable`)
  if (await is(attribute.alwaysAuthenticate))
    throw unusable(uri, 'the device asks for the PIN at each signature, which nobody could answer', madeHere)
  if (!(await is(attribute.sign))) throw unusable(uri, 'it may not sign', madeHere)
  const found = x ?? (await publicHalf(module, session, uri))
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: found }, format: 'jwk' })
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const signature = await module.sign(session, handle, message)
    // A signature that is none is better found here than in the ledger.
    if (signature.length === signatureBytes && verify(null, message, publicKey, signature)) return signature
    throw unusable(
      uri,
      `it does not sign as \`${found}\``,
      'another key was put in its place: find out who did; a key is replaced by rotating it',
    )
  }
  await sign(Buffer.from(probe))
  return { x: found, publicKey, madeThere: await is(attribute.local), sign }
}

/** Makes the key pair that a URI names. @throws BailiwickError `KEY_DEVICE` when there is one of that name */
export async function makeKey(module: Pkcs11Module, session: bigint, uri: Pkcs11Uri): Promise<void> {
  for (const kind of [objectClass.privateKey, objectClass.publicKey])
    if ((await module.find(session, [[attribute.class, kind], ...nameOf(uri)])).length > 0)
      throw unusable(uri, 'there is one of that name', 'name another that is not there yet')
  const name = nameOf(uri)
  await module.makePair(session, mechanism.generateEdwards, [...publicTemplate, ...name], [...privateTemplate, ...name])
}

/** The object identifier of Ed25519 (RFC 8410), in DER. */
const curve = Buffer.from('06032b6570', 'hex')

const publicTemplate: Template = [
  [attribute.class, objectClass.publicKey],
  [attribute.token, true],
  [attribute.verify, true],
  [attribute.ecParameters, curve],
]

const privateTemplate: Template = [
  [attribute.class, objectClass.privateKey],
  [attribute.token, true],
  [attribute.private, true],
  [attribute.sensitive, true],
  [attribute.extractable, false],
  [attribute.sign, true],
]

const madeHere = 'make one with `bailiwick keys make <uri>`'

function nameOf({ object, id }: Pkcs11Uri): Template {
  return [
    ...(object === null ? [] : ([[attribute.label, Buffer.from(object)]] as const)),
    ...(id === null ? [] : ([[attribute.id, id]] as const)),
  ]
}

async function theOne(module: Pkcs11Module, session: bigint, uri: Pkcs11Uri, kind: bigint, what: string): Promise<bigint> {
  const [found, ...others] = await module.find(session, [[attribute.class, kind], ...nameOf(uri)])
  if (found === undefined) throw unusable(uri, `there is no such ${what}`, madeHere)
  if (others.length > 0) throw unusable(uri, `there are ${others.length + 1} of that name`, 'say which with `id=`')
  return found
}

/** `x` of the public key beside a private one. */
async function publicHalf(module: Pkcs11Module, session: bigint, uri: Pkcs11Uri): Promise<string> {
  const handle = await theOne(module, session, uri, objectClass.publicKey, 'public key')
  const point = Buffer.from((await module.read(session, handle, attribute.ecPoint)) ?? [])
  // Bare in some devices, an OCTET STRING of DER in others.
  const bare = point.length === 34 && point.readUInt16BE() === 0x0420 ? point.subarray(2) : point
  if (bare.length !== 32) throw unusable(uri, 'it is no Ed25519 key', madeHere)
  return bare.toString('base64url')
}

function unusable({ shown }: Pkcs11Uri, problem: string, mend: string): BailiwickError {
  return new BailiwickError('KEY_DEVICE', `the key \`${shown}\` cannot be used: ${problem}`, { mend })
}
