const standIns: Readonly<Record<string, string>> = {
  email: 'redacted@redacted.invalid',
  phone: '+10000000000',
  iban: 'XX00000000000000000000',
  card: '0000000000000000',
}

/** Forms that output schemas ask for, with a value that has the form and says nothing. */
const forms: readonly (readonly [form: RegExp, standIn: string])[] = [
  [/^[^\s@]+@[^\s@]+$/, 'redacted@redacted.invalid'],
  [/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i, '1970-01-01T00:00:00Z'],
  [/^\d{4}-\d{2}-\d{2}$/, '1970-01-01'],
  [/^\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?$/i, '00:00:00Z'],
  [/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i, '00000000-0000-0000-0000-000000000000'],
  [/^(?:\d{1,3}\.){3}\d{1,3}$/, '0.0.0.0'],
  [/^[a-z][a-z\d+.-]*:\S+$/i, 'https://redacted.invalid/'],
  [/^\+?\d[\d ()-]*$/, '0'],
]

/** A text of the same form as one that was taken out, for a schema that would not have a placeholder. */
export function standIn(kind: string | null, value: string): string {
  const ofKind = kind !== null && Object.hasOwn(standIns, kind) ? standIns[kind] : undefined
  if (ofKind !== undefined) return ofKind
  const form = forms.find(([pattern]) => pattern.test(value))
  if (form === undefined) return '[redacted]'
  return form[1] === '0' ? value.replaceAll(/\d/g, '0') : form[1]
}
