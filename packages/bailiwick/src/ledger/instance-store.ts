/** One running process of Bailiwick. `pid` and `started` together name a process of this machine for ever. */
export interface Instance {
  readonly id: string
  readonly pid: number
  /** When the process started, as the operating system tells it; empty where it does not tell. */
  readonly started: string
}

export interface InstanceStore {
  save(instance: Instance): Promise<void>
  list(): Promise<readonly Instance[]>
  remove(id: string): Promise<void>
}
