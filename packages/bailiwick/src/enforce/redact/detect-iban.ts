import type { TextRange } from './text-range.ts'

/** Length of an IBAN by country, as the SWIFT registry (release 99) has them. */
const lengths =
  'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 ' +
  'FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 ' +
  'MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ' +
  'SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'

/** International bank account numbers (ISO 13616), in groups or not, whose check digits fit. */
export function detectIban(text: string): readonly TextRange[] {
  const found: TextRange[] = []
  const beginning = /[a-z]{2}[ .-]{0,2}\d[ .-]{0,2}\d/gi
  for (let match = beginning.exec(text); match !== null; match = beginning.exec(text)) {
    const end = ibanEnd(text, match.index)
    if (end === null) beginning.lastIndex = match.index + 1
    else {
      found.push([match.index, end])
      beginning.lastIndex = end
    }
  }
  return found
}

function ibanEnd(text: string, start: number): number | null {
  const listed = lengths.indexOf(text.slice(start, start + 2).toUpperCase())
  if (listed === -1 || listed % 5 !== 0) return null
  const length = Number(lengths.slice(listed + 2, listed + 4))
  // ISO 7064 MOD 97-10 over the account first, and then over the four characters that it begins with.
  let rest = 0
  let head = 0
  let headFactor = 1
  let taken = 0
  let at = start
  for (let gap = 0; taken < length; at += 1) {
    const value = valueOf(text.charCodeAt(at))
    if (value === null) {
      gap += 1
      if (gap > 2 || !isBreak(text.charCodeAt(at))) return null
      continue
    }
    gap = 0
    taken += 1
    const factor = value > 9 ? 100 : 10
    if (taken <= 4) {
      head = head * factor + value
      headFactor *= factor
    } else rest = (rest * factor + value) % 97
  }
  return (rest * headFactor + head) % 97 === 1 ? at : null
}

/** Digits as themselves, letters of either case from 10; null for anything else. */
function valueOf(code: number): number | null {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = (code | 0x20) - 0x61
  return letter >= 0 && letter < 26 ? letter + 10 : null
}

function isBreak(code: number): boolean {
  return code === 0x20 || code === 0x2d || code === 0x2e
}
