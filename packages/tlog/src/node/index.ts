export { DirectoryTiles } from './directory-tiles.ts'
