/** What a toolbox answered: a result to be passed on, its own error to be passed on, or a fault of it in our words. */
export type Answer =
  | { readonly kind: 'result'; readonly result: Record<string, unknown> }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly data: unknown }
  | { readonly kind: 'fault'; readonly message: string }
