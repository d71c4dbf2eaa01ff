/**
 * Gives resources of a tiled log by their path, such as `checkpoint` or `tile/0/x001/234.p/7`: a folder, an object store,
 * or a web server. What it gives is not trusted.
 */
export interface TileSource {
  /** Resolves to null if there is no such resource. Rejects if that cannot be said. */
  read(path: string): Promise<Uint8Array | null>
}

/** Keeps resources of a tiled log. */
export interface TileStore extends TileSource {
  /**
   * Puts the bytes at the path, in place of those there. When it resolves they are as durable as the store can make
   * them; if it fails or is cut off, the path has the old bytes or the new ones, never a part.
   */
  write(path: string, bytes: Uint8Array): Promise<void>
}

/** Keeps resources in memory, for tests and small logs. Bytes are copied on the way in and out. */
export class MemoryTiles implements TileStore {
  readonly #resources = new Map<string, Uint8Array>()

  async read(path: string): Promise<Uint8Array | null> {
    return this.#resources.get(path)?.slice() ?? null
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    this.#resources.set(path, bytes.slice())
  }

  /** The paths of everything that is kept, sorted. */
  paths(): string[] {
    return [...this.#resources.keys()].sort()
  }
}
