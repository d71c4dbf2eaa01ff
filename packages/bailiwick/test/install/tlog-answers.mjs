// What the package does in Node and in a browser must be the same: this prints one line that says it all.
import {
  appendLeaves,
  ed25519Signer,
  ed25519Verifier,
  formatNoteKey,
  inclusionProof,
  leafHash,
  MemoryNodes,
  openCheckpoint,
  rootHash,
  sha256,
  signCheckpoint,
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
console.log(JSON.stringify([hex(root), inclusionProof(sha256, 2, appended.size, nodes).map(hex), head, opened.size, forged]))
