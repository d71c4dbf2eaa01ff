import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Fetching } from '../../../src/authority/trust/issuer-documents.ts'
import { ManifestTrust } from '../../../src/authority/trust/manifest-trust.ts'
import type { Manifest } from '../../../src/model/manifest.ts'
import { trustSchema } from '../../../src/model/trust-schema.ts'
import { SqliteDatabase } from '../../../src/storage/sqlite/sqlite-database.ts'
import { SqliteEndedSignIns } from '../../../src/storage/sqlite/sqlite-ended-sign-ins.ts'
import { SqliteUsedIds } from '../../../src/storage/sqlite/sqlite-used-ids.ts'
import { folderWith } from '../../cli/run-cli.ts'
import * as z from 'zod'

/** Whole seconds, as the times of tokens are. */
export const start = 1_800_000_000_000
export const seconds: number = start / 1000

export interface ScratchTrust {
  readonly trust: ManifestTrust
  readonly folder: string
  /** Milliseconds since 1970 from now on. */
  set now(time: number)
  /** What another process of the same installation has. */
  another(): ManifestTrust
}

/** Trust by a section of a manifest, over a store of its own. */
export function scratchTrust(section: unknown, files: Readonly<Record<string, string>> = {}, fetching?: Fetching): ScratchTrust {
  const folder = folderWith(files)
  const trust = trustSchema({ name: z.string(), foundSecret: z.never() }).parse(section)
  let time = start
  const another = (): ManifestTrust => {
    const database = new SqliteDatabase(join(folder, 'bailiwick.db'))
    onTestFinished(() => database.close())
    const clock = (): number => time
    return new ManifestTrust({
      ruleset: () => ({ manifest: { trustDomain: 'corp.example', trust } as Manifest, base: folder }),
      usedIds: new SqliteUsedIds(database, clock),
      endedSignIns: new SqliteEndedSignIns(database),
      clock,
      ...(fetching === undefined ? {} : { fetching }),
    })
  }
  return {
    trust: another(),
    folder,
    another,
    set now(next: number) {
      time = next
    },
  }
}
