import { applications } from './applications.ts'
import type { Application } from './applications.ts'

const spelledOut = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** Every personal datum of the applications, in each way in which it is written there. */
export const personalData: readonly string[] = applications.flatMap(formsOf)

/** The personal data that stand in a text, in whatever case. */
export function personalDataIn(text: string): readonly string[] {
  const searched = text.toLowerCase()
  return personalData.filter((datum) => searched.includes(datum.toLowerCase()))
}

function formsOf({ givenName, familyName, email, phone, birthDate, iban }: Application): readonly string[] {
  const numbers = [phone, ...(iban === undefined ? [] : [iban])]
  return [
    givenName,
    familyName,
    email,
    email.replace('@', '%40'),
    ...numbers,
    ...numbers.map((number) => number.replaceAll(/[ -]/g, '')),
    birthDate,
    spelledOut.format(new Date(birthDate)),
  ]
}
