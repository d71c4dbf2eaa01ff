// Stands in for the client of a secret manager, such as `pass show operations`: it prints the key to the operations server.
import { operationsKey } from './kept-key.ts'

console.log(operationsKey)
