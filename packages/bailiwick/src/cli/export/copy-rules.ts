import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { checkRuleset } from '../../model/load-ruleset.ts'
import { lockFile } from '../../model/lock.ts'

/** Copies manifest, lock and policies as they are into a new folder. Returns the digest that they have together; null when they do not hold. */
export function copyRules(manifest: string, folder: string): string | null {
  const base = dirname(resolve(manifest))
  mkdirSync(join(folder, 'policies'), { recursive: true, mode: 0o700 })
  copyFileSync(manifest, join(folder, basename(manifest)))
  if (existsSync(join(base, lockFile))) copyFileSync(join(base, lockFile), join(folder, lockFile))
  const policies = join(base, 'policies')
  for (const name of existsSync(policies) ? readdirSync(policies) : [])
    if (name.endsWith('.cedar')) copyFileSync(join(policies, name), join(folder, 'policies', name))
  return checkRuleset(manifest).ruleset?.digest ?? null
}
