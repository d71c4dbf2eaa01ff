/**
 * Thrown by evaluation where Cedar reports an error: the policy is skipped. Not an `Error`, because a stack would
 * cost more than the whole decision, and nobody but {@link PolicySet} sees it.
 */
export class Fault {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}
