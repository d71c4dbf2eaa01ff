import { sha256Hex } from './json.ts'

const longest = 64

/**
 * The name under which an agent sees a tool: `toolbox__tool`, or `tool` for a toolbox marked `names: plain`, in the
 * letters that every model API accepts (`^[a-zA-Z0-9_-]{1,64}$`). What does not fit is shortened and ends in a hash of
 * the whole, so that two tools never fall together by being cut.
 */
export function shownName(toolbox: string, tool: string, names: 'prefixed' | 'plain'): string {
  const whole = names === 'plain' ? tool : `${toolbox}__${tool}`
  const plain = whole.replaceAll(/[^a-zA-Z0-9_-]/g, '_')
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 9)}_${sha256Hex(whole).slice(0, 8)}`
}
