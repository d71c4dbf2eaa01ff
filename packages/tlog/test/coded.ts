import { expect } from 'vitest'
import type { TlogErrorCode } from '../src/index.ts'

/** Matches a `TlogError` of the code. */
export const coded = (code: TlogErrorCode): unknown => expect.objectContaining({ name: 'TlogError', code })
