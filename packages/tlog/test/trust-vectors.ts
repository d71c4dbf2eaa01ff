import type { TlogErrorCode } from '../src/index.ts'
import { countingEntries, toHex } from './log.ts'
import { naiveKey, type NaiveKey } from './naive-key.ts'
import { naivePath, naiveProof, naiveRoot } from './naive-tree.ts'

/** The test vectors in `conformance/tlog-trust.json`, made with node:crypto and the naive definitions, not by the package they test. */
export interface TrustVectors {
  readonly about: string
  readonly cosigner: { readonly name: string; readonly seed: string; readonly vkey: string; readonly time: number }
  readonly cosigned: string
  readonly refusedCosignatures: readonly { readonly why: string; readonly note: string }[]
  readonly addCheckpoint: { readonly oldSize: number; readonly proof: readonly string[]; readonly note: string; readonly body: string }
  readonly policies: readonly { readonly policy: string; readonly cosigned: readonly string[]; readonly quorum: boolean }[]
  readonly refusedPolicies: readonly { readonly why: string; readonly policy: string }[]
  readonly proofs: readonly {
    readonly why: string
    readonly leaf: string
    readonly policy: string
    readonly proof: string
    readonly error: TlogErrorCode | null
  }[]
}

const ORIGIN = 'example.com/conformance'
const TIME = 1_700_000_000
const SIZE = 8
const entries = countingEntries(SIZE)
const text = `${ORIGIN}\n${SIZE}\n${base64(naiveRoot(entries))}\n`
const seed = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32)
const log = naiveKey(ORIGIN, seed(1))
const W: readonly NaiveKey[] = [2, 3, 4].map((byte, i) => naiveKey(`w${i}.example.com`, seed(byte), TIME + i))
const witnesses = W.map(({ vkey }, i) => `witness W${i} ${vkey}\n`).join('')
const note = (...keys: readonly NaiveKey[]): string => `${text}\n${keys.map((key) => key.line(text)).join('')}`
const mldsa = `— pq.example.com ${Buffer.alloc(2432, 1).toString('base64')}\n`

export function trustVectors(): TrustVectors {
  const both = `log ${log.vkey}\n${witnesses}group two 2 W0 W1 W2\nquorum two\n`
  const proof = (index: number, checkpoint: string, extra = ''): string =>
    `c2sp.org/tlog-proof@v1\n${extra}index ${index}\n${naivePath(index, entries).map(base64Line).join('')}\n${checkpoint}`
  const leaf = toHex(naiveRoot([entries[5]!]))
  const good = note(log, W[0]!, W[2]!)
  const oldProof = naiveProof(3, entries)
  return {
    about:
      'C2SP tlog-cosignature, tlog-witness, tlog-policy and tlog-proof over a log of eight entries, 0 to 7 as decimal text: a ' +
      'cosignature of type 4 from a seed at a time, an add-checkpoint body, which cosigners make the quorum of a policy, and ' +
      'proofs with the error that they are refused with, or null. Seeds, hashes of add-checkpoint and leaf hashes are hexadecimal.',
    cosigner: { name: 'w0.example.com', seed: seed(2), vkey: W[0]!.vkey, time: TIME },
    cosigned: note(log, W[0]!),
    refusedCosignatures: [
      { why: 'of another checkpoint', note: `${text}\n${W[0]!.line(text.replace('\n8\n', '\n9\n'))}` },
      { why: 'of another time', note: `${text}\n${retimed(W[0]!.line(text))}` },
      { why: 'cut off', note: `${text}\n${shortened(W[0]!.line(text))}` },
    ],
    addCheckpoint: {
      oldSize: 3,
      proof: oldProof.map(toHex),
      note: note(log),
      body: `old 3\n${oldProof.map(base64Line).join('')}\n${note(log)}`,
    },
    policies: [
      ...[[], ['W0'], ['W1', 'W2'], ['W0', 'W1', 'W2']].map((cosigned) => ({ policy: both, cosigned, quorum: cosigned.length >= 2 })),
      { policy: `${witnesses}quorum none\n`, cosigned: [], quorum: true },
      { policy: `${witnesses}quorum W1\n`, cosigned: ['W0', 'W2'], quorum: false },
      { policy: `${witnesses}quorum W1\n`, cosigned: ['W1'], quorum: true },
      ...[['W0', 'W2'], ['W1', 'W2'], ['W0', 'W1'], ['W2']].map((cosigned) => ({
        policy: `${witnesses}group a any W0 W1\ngroup b all a W2\nquorum b\n`,
        cosigned,
        quorum: cosigned.includes('W2') && cosigned.length > 1,
      })),
    ],
    refusedPolicies: [
      { why: 'no quorum', policy: witnesses },
      { why: 'two quorums', policy: `${witnesses}quorum W0\nquorum W1\n` },
      { why: 'quorum defined later', policy: `quorum W0\n${witnesses}` },
      { why: 'a member twice', policy: `${witnesses}group a any W0\ngroup b any W0 W1\nquorum b\n` },
      { why: 'more than there are', policy: `${witnesses}group a 4 W0 W1 W2\nquorum a\n` },
      { why: 'none as a member', policy: `${witnesses}group a any W0 none\nquorum a\n` },
      { why: 'a public key twice', policy: `${witnesses}witness W3 ${naiveKey('w3.example.com', seed(2), TIME).vkey}\nquorum W0\n` },
      { why: 'a log twice', policy: `log ${log.vkey}\nlog ${log.vkey}\nquorum none\n` },
      { why: 'a witness with a key of type 1', policy: `witness W0 ${log.vkey}\nquorum W0\n` },
      { why: 'no newline at the end', policy: 'quorum none' },
    ],
    proofs: [
      { why: 'right', leaf, policy: both, proof: proof(5, good), error: null },
      { why: 'right, with extra data', leaf, policy: both, proof: proof(5, good, 'extra AQID\n'), error: null },
      { why: 'right, with a signature of an unknown type', leaf, policy: both, proof: proof(5, `${good}${mldsa}`), error: null },
      { why: 'too few cosignatures', leaf, policy: both, proof: proof(5, note(log, W[0]!)), error: 'no_quorum' },
      { why: 'one witness twice', leaf, policy: both, proof: proof(5, note(log, W[0]!, W[0]!)), error: 'no_quorum' },
      { why: 'not signed by the log', leaf, policy: both, proof: proof(5, note(W[0]!, W[1]!)), error: 'no_known_signature' },
      { why: 'another leaf', leaf: toHex(naiveRoot([entries[4]!])), policy: both, proof: proof(5, good), error: 'wrong_proof' },
      { why: 'another index', leaf, policy: both, proof: proof(5, good).replace('index 5', 'index 4'), error: 'wrong_proof' },
      { why: 'another tree size', leaf, policy: both, proof: proof(5, good.replace('\n8\n', '\n9\n')), error: 'wrong_signature' },
      { why: 'another log', leaf, policy: both, proof: proof(5, good.replace(ORIGIN, 'example.com/other')), error: 'wrong_origin' },
      { why: 'a leading zero', leaf, policy: both, proof: proof(5, good).replace('index 5', 'index 05'), error: 'bad_proof' },
      { why: 'empty extra data', leaf, policy: both, proof: proof(5, good, 'extra \n'), error: 'bad_proof' },
    ],
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function base64Line(bytes: Uint8Array): string {
  return `${base64(bytes)}\n`
}

/** The signature line with its bytes put through `change`. */
function changed(line: string, change: (bytes: Buffer) => Buffer): string {
  const [dash, name, encoded] = line.trim().split(' ')
  return `${dash} ${name} ${change(Buffer.from(encoded!, 'base64')).toString('base64')}\n`
}

function retimed(line: string): string {
  return changed(line, (bytes) => {
    bytes.writeBigUInt64BE(BigInt(TIME + 1), 4)
    return bytes
  })
}

function shortened(line: string): string {
  return changed(line, (bytes) => bytes.subarray(0, -1))
}
