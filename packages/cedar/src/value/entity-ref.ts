/** An entity as a value: its identity, whether or not the entity exists. */
export class EntityRef {
  readonly type: string
  readonly id: string

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  is(other: EntityRef): boolean {
    return this === other || (this.id === other.id && this.type === other.type)
  }

  toString(): string {
    return `${this.type}::${JSON.stringify(this.id)}`
  }
}
