const secretNames = /key|token|secret|passw(or)?d|passphrase|credential|auth|cookie/i
/** Flags are words of a language, so they are told apart more closely than names of variables: `--max-tokens` is none. */
const secretFlag = /^--?(?:[a-z0-9]+[-_.])*(?:api-?key|access-?key|token|secret|passw(?:or)?d|credentials?|authorization)$/i
/** The beginnings by which well-known services mark their secrets, private keys, and signed tokens (RFC 7519). */
const secretValue =
  /(?:^|[\s=:])(?:sk-|sk_live_|rk_live_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|npm_|hf_|eyJ[A-Za-z0-9_-]+\.|-----BEGIN )/
const urlWithPassword = /[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i

/** True when a variable, header or argument of this name and value should not be copied into a file. */
export function looksSecret(name: string, value: string): boolean {
  return value !== '' && (secretNames.test(name) || holdsSecret(value))
}

/** True when the value itself gives a secret away. */
function holdsSecret(value: string): boolean {
  return secretValue.test(value) || urlWithPassword.test(value)
}

/** The position, from 1, of a command-line argument that holds a secret; null when none does. */
export function secretArgument(args: readonly string[]): number | null {
  const found = args.findIndex((arg, index) => {
    const [flag, value] = arg.startsWith('-') && arg.includes('=') ? splitFlag(arg) : [args[index - 1] ?? '', arg]
    return holdsSecret(arg) || (secretFlag.test(flag) && !value.startsWith('-') && value.length > 3)
  })
  return found === -1 ? null : found + 1
}

/** True when an address holds a secret: a password, or a parameter that is named like one. */
export function isSecretUrl(url: string): boolean {
  if (holdsSecret(url)) return true
  return URL.canParse(url) && [...new URL(url).searchParams].some(([name, value]) => looksSecret(name, value))
}

function splitFlag(arg: string): [string, string] {
  const equals = arg.indexOf('=')
  return [arg.slice(0, equals), arg.slice(equals + 1)]
}
