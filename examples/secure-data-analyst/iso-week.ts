const dayMs = 86_400_000

/** The ISO 8601 week of a date, such as `2026-W07`. `day` is a date as `YYYY-MM-DD`. */
export function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  // The year of an ISO week is the year of its Thursday.
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * dayMs)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / dayMs / 7)
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** The day `days` after `day`, both as `YYYY-MM-DD`. */
export function addDays(day: string, days: number): string {
  return new Date(new Date(`${day}T00:00:00Z`).getTime() + days * dayMs).toISOString().slice(0, 10)
}
