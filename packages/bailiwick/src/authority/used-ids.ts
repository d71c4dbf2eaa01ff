/** Remembers what is good for one use only, for every process of an installation. */
export interface UsedIds {
  /**
   * Notes the use of an id. False when it was used before, or when `until` is past: what has expired may be forgotten.
   * @param id at most 512 characters, unique over everything that is kept here: begin it with what kind of thing it is
   * @param until milliseconds since 1970, after which nobody would take the id anyhow
   */
  use(id: string, until: number): Promise<boolean>
}
