/** What the product calls itself where it reports elsewhere. */
export const product = { name: 'Bailiwick', version: '0.1.0' } as const
