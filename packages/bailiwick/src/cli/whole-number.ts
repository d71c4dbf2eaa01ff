import { InvalidArgumentError } from 'commander'

/** A reader of options that are whole numbers, for commander. */
export function wholeNumber(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER ? `give a whole number from ${least} on` : `give a whole number from ${least} to ${most}`,
    )
  }
}

/** A reader of TCP ports; 0 is any that is free. */
export const port: (text: string) => number = wholeNumber(0, 65_535)
