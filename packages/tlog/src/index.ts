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
export { cosignatureTime, ed25519CosignatureVerifier, ed25519Cosigner } from './cosignature.ts'
export { ed25519Signer, ed25519Verifier } from './ed25519.ts'
export { formatEntryBundle, parseEntryBundle } from './entry-bundle.ts'
export { TlogError, type TlogErrorCode } from './error.ts'
export { emptyRoot, leafHash, nodeHash, type Sha256 } from './hash.ts'
export { inclusionProof, verifyInclusion, type InclusionClaim } from './inclusion.ts'
export { MemoryNodes } from './memory-nodes.ts'
export { formatNoteKey, noteKey, parseNoteKey, type NoteKey } from './note-key.ts'
export {
  addSignatures,
  formatNote,
  formatSignatures,
  parseNote,
  parseSignatures,
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
export { tilePath, tilePlaces, parseTilePath, tileWidth, type TilePlace } from './tile-path.ts'
export { TileReader } from './tile-reader.ts'
export { MemoryTiles, type TileSource, type TileStore } from './tile-store.ts'
export { verifyTiles, type VerifiedTiles } from './tile-verifier.ts'
export { appendTiles, type TreeState } from './tile-writer.ts'
export { formatTile, parseTile } from './tile.ts'
