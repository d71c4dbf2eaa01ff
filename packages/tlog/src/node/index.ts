export { DirectoryTiles } from './directory-tiles.ts'
export { DirectoryWitnessStore } from './directory-witness-store.ts'
