import { bailiwick } from './gateway.ts'

/** One decision as `bailiwick log list --json` prints it. */
export interface LoggedDecision {
  readonly time: string
  readonly call: string
  readonly tool: string
  readonly tier: string
  readonly rule: string
  readonly response: string
  readonly reason: string
  readonly outcome: { readonly status: string; readonly milliseconds: number } | null
}

/** The decisions of one session, from the ledger. */
export async function decisionsOf(session: string): Promise<LoggedDecision[]> {
  return (await bailiwick('log', 'list', '--session', session, '--limit', '1000')) as LoggedDecision[]
}

const colour = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
const paint = (code: number, text: string): string => (colour ? `\u001B[${code}m${text}\u001B[0m` : text)
const paints: Readonly<Record<string, number>> = { allow: 32, ask: 33, sanitize: 36, deny: 31 }

export const bold = (text: string): string => paint(1, text)
export const dim = (text: string): string => paint(2, text)
export const good = (text: string): string => paint(32, text)
export const bad = (text: string): string => paint(31, text)

/** Decisions as lines: when, which tool, tier, response, how long the tool took, and why. */
export function timelineText(decisions: readonly LoggedDecision[]): string {
  return decisions
    .map((one) => {
      const took = one.outcome === null ? '' : `${one.outcome.milliseconds} ms`
      const why = one.reason === '' ? dim(one.rule) : clip(one.reason)
      return `  ${dim(one.time.slice(11, 23))}  ${plain(one.tool).padEnd(22)} ${one.tier}  ${paint(paints[one.response] ?? 0, one.response.padEnd(8))} ${took.padStart(7)}  ${why}`
    })
    .join('\n')
}

function clip(text: string): string {
  const shown = plain(text)
  return shown.length > 110 ? `${shown.slice(0, 109)}…` : shown
}

/** Invisible characters are shown as what they are. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`)
}
