export {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type OpenedCheckpoint,
  type TreeHead,
} from './checkpoint.ts'
export { consistencyProof, verifyConsistency, type ConsistencyClaim } from './consistency.ts'
export { ed25519Signer, ed25519Verifier } from './ed25519.ts'
export { TlogError, type TlogErrorCode } from './error.ts'
export { emptyRoot, leafHash, nodeHash, type Sha256 } from './hash.ts'
export { inclusionProof, verifyInclusion, type InclusionClaim } from './inclusion.ts'
export { MemoryNodes } from './memory-nodes.ts'
export { formatNoteKey, noteKey, parseNoteKey, type NoteKey } from './note-key.ts'
export {
  formatNote,
  parseNote,
  signNote,
  verifyNote,
  type Note,
  type NoteSignature,
  type NoteSigner,
  type NoteVerifier,
  type VerifiedNote,
} from './note.ts'
export { sha256 } from './sha256.ts'
export type { NodeReader } from './subtree.ts'
export { appendLeaves, rootHash, type Appended, type TreeNode } from './tree.ts'
