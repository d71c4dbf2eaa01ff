import type * as z from 'zod'

type Alike<A, E> = [A, E, keyof A, keyof E] extends [E, A, keyof E, keyof A] ? unknown : never

/** Gives back a schema whose values are exactly those of `E`: no member is missing in one of them, or of another type. Anything else does not compile. */
export function exactly<E>(): <S extends z.ZodType>(schema: S & Alike<z.output<S>, E>) => z.ZodType<E> {
  return (schema) => schema as unknown as z.ZodType<E>
}
