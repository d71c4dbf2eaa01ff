import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { importPromptfoo } from '../../evals/import/import-promptfoo.ts'
import { importedSuiteText } from '../../evals/import/imported-suite-text.ts'
import { readSuite } from '../../evals/suite/read-suite.ts'
import { BailiwickError } from '../../model/bailiwick-error.ts'
import { placeOf } from '../../model/diagnostic.ts'
import type { Diagnostic } from '../../model/diagnostic.ts'
import type { JsonObject } from '../../model/json.ts'
import { loadRuleset } from '../../model/load-ruleset.ts'

const mostBytes = 4_000_000

/**
 * The text of a suite made of a configuration of promptfoo, and everything that could not be carried over. `bailiwick eval` accepts the text.
 * @throws BailiwickError `USAGE` for a file that cannot be read, or an agent, goal or parameters that the manifest does not have;
 * `SUITE_INVALID` with every finding when not one test could be carried over; and as {@link loadRuleset} does
 */
export function importedSuite(
  manifest: string,
  file: string,
  opening: { readonly agent: string; readonly goal: string; readonly params: JsonObject },
): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const ruleset = loadRuleset(manifest)
  const shown = relative(process.cwd(), resolve(file))
  const imported = importPromptfoo(shown, readConfig(file), { ...opening, ruleset })
  const { diagnostics } = imported
  if (imported.suite === null)
    throw failure(
      'SUITE_INVALID',
      diagnostics.filter(({ severity }) => severity === 'error'),
      diagnostics,
    )
  const text = importedSuiteText(imported, basename(file))
  const check = readSuite('the suite', join(dirname(resolve(manifest)), 'suites', 'imported.yaml'), text, ruleset)
  if (check.diagnostics.length > 0) throw failure('USAGE', check.diagnostics, check.diagnostics)
  return { text, diagnostics }
}

function failure(code: 'SUITE_INVALID' | 'USAGE', errors: readonly Diagnostic[], diagnostics: readonly Diagnostic[]): BailiwickError {
  const first = errors[0] as Diagnostic
  return new BailiwickError(code, `${placeOf(first)}: ${first.message}`, { diagnostics, mend: first.mend })
}

function readConfig(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat?.isFile() !== true)
    throw new BailiwickError('USAGE', `there is no file \`${file}\``, {
      mend: 'give the path of a configuration of promptfoo, such as promptfooconfig.yaml',
    })
  // A device or a pipe would be read without end, and so nearly would such a file.
  if (stat.size > mostBytes)
    throw new BailiwickError('USAGE', `\`${file}\` has ${stat.size} bytes, over ${mostBytes}`, { mend: 'split the file' })
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new BailiwickError('USAGE', `\`${file}\` cannot be read: ${(error as Error).message}`, {
      mend: 'give a file that you may read',
      cause: error,
    })
  }
}
