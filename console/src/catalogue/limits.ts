// The limits of a row of the dispatch catalogue in words: "3d" is three working days, "24h" hours on the wall clock.
import { i18n } from '@/i18n'

/** One limit; "" for none. */
export function spanWords(text: string): string {
  return text ? i18n.global.t(text.endsWith('h') ? 'catalogue.hours' : 'catalogue.days', { n: text.slice(0, -1) }) : ''
}
/** All limits of a row, by clock. */
export function limitWords(limits: Record<string, string>): string {
  return ['handle', 'sign', 'contact'].filter((clock) => limits[clock]).map((clock) => `${i18n.global.t(`catalogue.limit.${clock}`)} ${spanWords(limits[clock] ?? '')}`).join(' · ')
}
