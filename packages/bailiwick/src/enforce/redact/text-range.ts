/** A part of a text, from a unit up to but without another. */
export type TextRange = readonly [start: number, end: number]

/** Finds what is of one kind in a text that is folded. */
export type Detector = (text: string) => readonly TextRange[]
