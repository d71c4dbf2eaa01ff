/** A token was not given. Its message is a reason for an agent to read: it holds nothing that a server has said but registered codes. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}
