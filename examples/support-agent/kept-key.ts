/** What the secret manager of the example keeps: a key that nobody but the gateway and the operations server is to see. */
export const operationsKey = 'ops-key-4b1d7c90e2f8'
