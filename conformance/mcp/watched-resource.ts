/** URI of the one fixture resource whose content can change. */
export const watchedUri = 'test://watched-resource'

/** A text that changes on `touch()`, shared by every server instance of one fixture process. */
export interface WatchedResource {
  text(): string
  /** Changes the text, then calls every listener once, in order of subscription. */
  touch(): void
  /** Calls `listener` after every change until the returned function is called. */
  subscribe(listener: () => void): () => void
}

/** The text starts at revision 0 and counts up by one per `touch()`. */
export function createWatchedResource(): WatchedResource {
  const listeners = new Set<() => void>()
  let revision = 0
  return {
    text: () => `Watched resource content, revision ${revision}.`,
    touch: () => {
      revision += 1
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
