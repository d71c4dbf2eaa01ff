export { BailiwickError } from './model/bailiwick-error.ts'
export type { ErrorCode } from './model/error-codes.ts'
