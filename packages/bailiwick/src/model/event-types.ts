/** Types of security events: of OpenID CAEP 1.0 and RISC 1.0. */
const caep = 'https://schemas.openid.net/secevent/caep/event-type/'
const risc = 'https://schemas.openid.net/secevent/risc/event-type/'

export const sessionRevoked: string = `${caep}session-revoked`
export const credentialChange: string = `${caep}credential-change`

/** Events after which what was done in somebody's name goes on no longer. */
export const endingEvents: ReadonlySet<string> = new Set([
  sessionRevoked,
  credentialChange,
  `${caep}token-claims-change`,
  `${caep}risk-level-change`,
  `${risc}account-disabled`,
  `${risc}account-purged`,
  `${risc}account-credential-change-required`,
])
