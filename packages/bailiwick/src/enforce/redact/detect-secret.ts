import type { TextRange } from './text-range.ts'

/** A shape, and what makes it a secret beyond its beginning. Every repetition is bounded or runs over what its beginning cannot stand in. */
interface Shape {
  readonly pattern: RegExp
  readonly holds?: (found: string) => boolean
}

const hasDigit = (found: string): boolean => /\d/.test(found)

const shapes: readonly Shape[] = [
  // AWS access key ids, and secret keys beside their name.
  { pattern: /(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16,128}/g },
  { pattern: /aws_?(?:secret)?_?(?:access)?_?key["']?[ \t]{0,8}[:=][ \t]{0,8}["']?[A-Za-z0-9/+]{40}/gi },
  // GitHub, GitLab
  { pattern: /gh[pousr]_[A-Za-z0-9]{36,255}/g },
  { pattern: /github_pat_\w{22,255}/g },
  { pattern: /gl(?:pat|dt|ptt|rt|ft|soat|agent|cbt|imt|oas)-[\w.-]{20,255}/g },
  // Slack
  { pattern: /xox[abeoprs][.-][A-Za-z0-9-]{10,255}/g },
  { pattern: /xapp-\d-[A-Za-z0-9-]{10,255}/g },
  { pattern: /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/]{20,128}/g },
  // Stripe, Google, OpenAI, Anthropic and others that write `sk-`
  { pattern: /(?:[sr]k_(?:live|test)|whsec)_[A-Za-z0-9]{16,255}/g },
  { pattern: /AIza[\w-]{35}/g },
  { pattern: /(?:ya29\.|GOCSPX-)[\w-]{20,1024}/g },
  { pattern: /(?<![A-Za-z0-9])sk-[\w-]{20,255}/g, holds: hasDigit },
  { pattern: /sk-(?:ant|proj|svcacct|admin)-[\w-]{20,255}/g, holds: hasDigit },
  // npm, PyPI, SendGrid, Twilio, Hugging Face, Shopify, DigitalOcean, Databricks, Telegram, Vault, age
  { pattern: /npm_[A-Za-z0-9]{36,64}/g },
  { pattern: /pypi-[\w-]{50,512}/g },
  { pattern: /SG\.[\w-]{16,32}\.[\w-]{32,64}/g },
  { pattern: /(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])/g },
  { pattern: /hf_[A-Za-z0-9]{30,64}/g, holds: hasDigit },
  { pattern: /shp(?:at|ca|pa|ss)_[0-9a-f]{32}/gi },
  { pattern: /do[opr]_v1_[0-9a-f]{64}/g },
  { pattern: /dapi[0-9a-f]{32}/g },
  { pattern: /(?<!\d)\d{8,10}:AA[\w-]{33}/g },
  { pattern: /hv[sb]\.[\w-]{24,255}/g },
  { pattern: /AGE-SECRET-KEY-1[0-9A-Z]{58}/g },
  // JSON Web Tokens: a search begins only where a run of characters does, or soon after.
  { pattern: /(?<![\w-])[\w-]{0,64}?eyJ[\w-]{8,8192}\.[\w-]{8,65536}(?:\.[\w-]{0,8192}){0,3}/g },
  // Azure connection strings and shared access signatures
  { pattern: /(?:AccountKey|SharedAccessKey|SharedAccessSignature)=[A-Za-z0-9+/=%&._-]{20,255}/gi },
  { pattern: /[?&]sig=[A-Za-z0-9+/=%]{40,128}/g },
  // Credentials of HTTP, and in URLs
  { pattern: /(?<![A-Za-z0-9])bearer[ \t]{1,4}[\w.~+/=-]{16,4096}/gi, holds: (found) => /\d/.test(found.slice(6)) },
  { pattern: /authorization["']?[ \t]{0,4}[:=]["' \t]{0,4}basic[ \t]{1,4}[A-Za-z0-9+/=_-]{4,4096}/gi },
  { pattern: /(?<=:\/\/)[^\s/?#@:"'<>]{0,256}:[^\s/?#"'<>]{1,256}(?=@)/g },
]

/** Secrets of well-known shapes, and private keys in PEM; one without an end reaches to the end of the text. */
export function detectSecret(text: string): readonly TextRange[] {
  const found: TextRange[] = []
  for (const { pattern, holds } of shapes) {
    let reached = 0
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length
      if (end <= reached || holds?.(match[0]) === false) continue
      reached = runEnd(text, end)
      found.push([match.index, reached])
    }
  }
  return [...found, ...privateKeys(text)]
}

function privateKeys(text: string): TextRange[] {
  const found: TextRange[] = []
  const ending = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
  for (const beginning of text.matchAll(/-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g)) {
    if (beginning.index < (found.at(-1)?.[1] ?? 0)) continue
    ending.lastIndex = beginning.index
    const last = ending.exec(text)
    found.push([beginning.index, last === null ? text.length : last.index + last[0].length])
  }
  return found
}

const word = /[\w-]/

/** Where the run of characters that a match ends in ends: no tail of a secret that is longer than its shape may stay. */
function runEnd(text: string, from: number): number {
  let end = from
  if (!word.test(text[end - 1] ?? '')) return end
  while (end < text.length && word.test(text[end] as string)) end += 1
  return end
}
