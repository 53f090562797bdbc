// The shapes of the roster, and days as the city counts them.
import type { components } from '@/api/schema'
import { shared } from '@/shared/language'

type Schemas = components['schemas']
export type Week = Schemas['Week']
export type Shift = Schemas['ShiftRow']
export type Kind = Schemas['Kind']
export type Person = Schemas['Staff']
export type Responsible = Schemas['Responsible']
export type Coverage = Schemas['Coverage']
export type Requests = Schemas['Requests']
export type Swap = Schemas['SwapRow']
export type Away = Schemas['LeaveRow']

/** A cell of the week: one person, one day. */
export interface Cell { person: Person; day: string; shifts: Shift[]; away: boolean }

/** yyyy-mm-dd some days later; a date has no zone. */
export function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}
/** The Monday of the day's week. */
export function monday(day: string): string {
  return dayAfter(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7))
}
/** 12月1日 周二 / Tue 1 Dec */
export function dayWords(day: string): string {
  return new Intl.DateTimeFormat(shared.language, { month: 'short', day: 'numeric', weekday: 'short', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`))
}
