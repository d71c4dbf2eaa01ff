/** As much of Cedar's JSON form of a policy as we look into. */
export interface PolicyJson {
  readonly principal?: unknown
  readonly action: unknown
  readonly resource?: unknown
  readonly conditions?: unknown
}
