import type { DetailedError, ValidationError } from '@cedar-policy/cedar-wasm/nodejs'
import type { CedarFinding } from './cedar-error.ts'
import { fromByteOffset } from './source-offset.ts'

/** Turns the wasm build's error into a finding with offsets in the text that the error is about. */
export function toFinding(error: DetailedError, text: string | null, policy: string | null): CedarFinding {
  const place = error.sourceLocations?.[0]
  const expected = place?.label ?? null
  return {
    message: error.message,
    help: error.help ?? expected,
    policy,
    start: place === undefined || text === null ? null : fromByteOffset(text, place.start),
    end: place === undefined || text === null ? null : fromByteOffset(text, place.end),
  }
}

/** The same for an error of the validator, whose offsets are those of its own policy's text. */
export function toValidationFinding(found: ValidationError, texts: ReadonlyMap<string, string>): CedarFinding {
  return toFinding(found.error, texts.get(found.policyId) ?? null, found.policyId)
}
