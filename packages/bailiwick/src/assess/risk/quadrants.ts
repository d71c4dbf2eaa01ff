/** Model 1, business value by vulnerability, from best to worst. */
export const strategicQuadrants = ['safe optimisation', 'low impact', 'strategic risk', 'high exposure'] as const
export type StrategicQuadrant = (typeof strategicQuadrants)[number]

/** Model 2, autonomy by oversight, from best to worst. */
export const operationalQuadrants = ['minimal risk', 'managed risk', 'latent risk', 'critical risk'] as const
export type OperationalQuadrant = (typeof operationalQuadrants)[number]

export type Quadrant = StrategicQuadrant | OperationalQuadrant

/** The middle of the scale counts as high where that is the worse side, and as low where that is. */
const middle = 3

/** Value counts as high from 3 on, vulnerability from 3.0 on. */
export function strategicQuadrant(value: number, vulnerability: number): StrategicQuadrant {
  if (vulnerability >= middle) return value >= middle ? 'strategic risk' : 'high exposure'
  return value >= middle ? 'safe optimisation' : 'low impact'
}

/** Autonomy counts as high from 3 on, oversight from 4 on. */
export function operationalQuadrant(autonomy: number, oversight: number): OperationalQuadrant {
  if (autonomy >= middle) return oversight > middle ? 'managed risk' : 'critical risk'
  return oversight > middle ? 'minimal risk' : 'latent risk'
}

/** A quadrant by the words that a person uses for it: `managed`, `managed-risk`, `Managed risk`. Null for none of the eight. */
export function quadrantNamed(text: string): Quadrant | null {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, ' ')
  return [...strategicQuadrants, ...operationalQuadrants].find((one) => one === plain || one.replace(/ risk$/, '') === plain) ?? null
}

/** Whether a quadrant is the wanted one or a better one of the same matrix. */
export function isAtLeast(found: Quadrant, wanted: Quadrant): boolean {
  const model: readonly Quadrant[] = isStrategic(wanted) ? strategicQuadrants : operationalQuadrants
  return model.indexOf(found) <= model.indexOf(wanted)
}

/** The one of an agent's two quadrants that stands in the same matrix as another quadrant. */
export function inSameMatrix(quadrants: { readonly strategic: Quadrant; readonly operational: Quadrant }, wanted: Quadrant): Quadrant {
  return isStrategic(wanted) ? quadrants.strategic : quadrants.operational
}

function isStrategic(quadrant: Quadrant): quadrant is StrategicQuadrant {
  return (strategicQuadrants as readonly string[]).includes(quadrant)
}
