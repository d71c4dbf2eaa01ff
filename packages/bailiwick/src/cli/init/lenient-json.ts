/**
 * Reads JSON as the configurations of editors are written: with a byte order mark, comments and trailing commas (JSONC).
 * @throws SyntaxError when it is not that
 */
export function parseLenientJson(text: string): unknown {
  const bare = text
    .replace(/^\uFEFF/, '')
    .replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g, (_, kept?: string) => kept ?? ' ')
  return JSON.parse(bare.replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, kept?: string) => kept ?? '')) as unknown
}
