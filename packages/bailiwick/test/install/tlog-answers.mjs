// What the package does in Node and in a browser must be the same: this prints one line that says it all.
import {
  appendLeaves,
  ed25519Cosigner,
  ed25519Signer,
  ed25519Verifier,
  formatNoteKey,
  formatProof,
  inclusionProof,
  leafHash,
  MemoryNodes,
  openCheckpoint,
  parsePolicy,
  rootHash,
  sha256,
  signCheckpoint,
  verifyProof,
} from '@bailiwick/tlog'

const nodes = new MemoryNodes()
const leaves = ['first', 'second', 'third', 'fourth', 'fifth'].map((text) => leafHash(sha256, new TextEncoder().encode(text)))
const appended = appendLeaves(sha256, 0, leaves, nodes)
for (const node of appended.nodes) nodes.put(node)
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const origin = 'example.com/log'
const signer = await ed25519Signer(origin, new Uint8Array(32).fill(7))
const root = rootHash(sha256, appended.size, nodes)
const head = await signCheckpoint({ origin, size: appended.size, root }, [signer])
const opened = await openCheckpoint(head, [await ed25519Verifier(formatNoteKey(signer.key))], origin)
const forged = await openCheckpoint(head.replace('\n5\n', '\n6\n'), [await ed25519Verifier(formatNoteKey(signer.key))], origin).catch(
  (error) => error.message,
)

// A receipt, checked by nothing but a trust policy.
const cosigner = await ed25519Cosigner('witness.example', new Uint8Array(32).fill(8), () => 1_760_000_000)
const cosigned = await signCheckpoint({ origin, size: appended.size, root }, [signer, cosigner])
const proof = formatProof({ extra: null, index: 2, proof: inclusionProof(sha256, 2, appended.size, nodes), checkpoint: cosigned })
const policy = parsePolicy(`log ${formatNoteKey(signer.key)}\nwitness W ${formatNoteKey(cosigner.key)}\nquorum W\n`)
const { checkpoint } = await verifyProof(sha256, proof, leaves[2], policy)
const witnessed = checkpoint.cosignatures.map(({ witness, time }) => [witness.name, time])
const otherEntry = await verifyProof(sha256, proof, leaves[3], policy).catch((error) => error.code)
const otherPolicy = await verifyProof(sha256, proof.replaceAll('witness.example', 'other.example'), leaves[2], policy).catch(
  (error) => error.code,
)
console.log(
  JSON.stringify([
    hex(root),
    inclusionProof(sha256, 2, appended.size, nodes).map(hex),
    head,
    opened.size,
    forged,
    proof,
    witnessed,
    otherEntry,
    otherPolicy,
  ]),
)
