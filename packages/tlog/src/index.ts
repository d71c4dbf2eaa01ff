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
export { formatEntryBundle, MAX_ENTRY_SIZE, parseEntryBundle } from './entry-bundle.ts'
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
export { openByPolicy, type TrustedCheckpoint, type VerifiedCosignature } from './policy-check.ts'
export { parsePolicy } from './policy-parser.ts'
export { hasQuorum, type PolicyLog, type PolicyWitness, type QuorumRule, type TrustPolicy } from './policy.ts'
export { formatProof, parseProof, verifyProof, type LogProof, type ProvenEntry } from './proof.ts'
export { sha256 } from './sha256.ts'
export type { NodeReader } from './subtree.ts'
export { tilePath, tilePlaces, parseTilePath, tileWidth, type TilePlace } from './tile-path.ts'
export { TileReader } from './tile-reader.ts'
export { MemoryTiles, type TileSource, type TileStore } from './tile-store.ts'
export { verifyTiles, type VerifiedTiles } from './tile-verifier.ts'
export { appendTiles, type TreeState } from './tile-writer.ts'
export { formatTile, parseTile } from './tile.ts'
export { appendLeaves, rootHash, type Appended, type TreeNode } from './tree.ts'
export { requestCosignature, type CosignRequest } from './witness-catch-up.ts'
export { addCheckpoint, type WitnessAnswer, type WitnessClientOptions, type WitnessPeer } from './witness-client.ts'
export { formatAddCheckpoint, parseAddCheckpoint, type AddCheckpoint } from './witness-request.ts'
export { MemoryWitnessStore, type WitnessedHead, type WitnessStore } from './witness-store.ts'
export { createWitness, type WitnessedLog, type WitnessOptions } from './witness.ts'
