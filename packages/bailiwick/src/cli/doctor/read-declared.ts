import { readFileSync } from 'node:fs'
import type { Manifest } from '../../model/manifest.ts'
import { readManifest } from '../../model/read-manifest.ts'
import { YamlSource } from '../../model/yaml-source.ts'

/** The manifest as far as its form goes, so that servers and secrets can be looked at although a policy or a pin is wrong. Null when it cannot be read; the check of the rules says why. */
export function readDeclared(path: string): Manifest | null {
  try {
    return readManifest(new YamlSource(path, readFileSync(path, 'utf8'))).manifest
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return null
    throw error
  }
}
