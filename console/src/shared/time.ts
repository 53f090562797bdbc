// Times in words: 今天 14:05, 3月2日, 2024年3月2日; ages and spans on the server's clock.
import { ref } from 'vue'
import { shared } from './language'

let skew = 0
/** The server says what time it is: sandboxes may run on a moved clock. */
export function heardServerTime(iso: string | undefined): void {
  if (!iso) return
  const heard = Date.parse(iso)
  if (!Number.isNaN(heard)) skew = heard - Date.now()
}

export const serverNow = (): number => Date.now() + skew

/** Ticks once a second, so that clocks on the page move. */
export const tick = ref(Date.now())
window.setInterval(() => (tick.value = Date.now()), 1000)

let zone: string | undefined
export function useZone(name: string | undefined): void {
  zone = name || undefined
}

function format(at: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(shared.language, { ...options, timeZone: zone, hourCycle: 'h23' }).format(at)
}

const day = (at: Date): string => format(at, { year: 'numeric', month: '2-digit', day: '2-digit' })

export function exact(iso: string): string {
  return format(new Date(iso), { dateStyle: 'full', timeStyle: 'medium' })
}

export function short(iso: string): string {
  const at = new Date(iso)
  const now = new Date(serverNow())
  const clock = format(at, { hour: '2-digit', minute: '2-digit' })
  if (day(at) === day(now)) return shared.language === 'en' ? `today ${clock}` : `今天 ${clock}`
  const sameYear = format(at, { year: 'numeric' }) === format(now, { year: 'numeric' })
  const date = format(at, { month: shared.language === 'en' ? 'short' : 'long', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) })
  // A date that begins a rule stands at midnight; the hour would say nothing.
  return clock === '00:00' ? date : `${date} ${clock}`
}

/** Seconds as 0:12, 4:31, 1:02:03. */
export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–'
  const whole = Math.max(0, Math.floor(seconds))
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = String(whole % 60).padStart(2, '0')
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}

/** Seconds since then, on the server's clock; moves with `tick`. */
export function since(iso: string | null | undefined): number {
  return iso ? (tick.value + skew - Date.parse(iso)) / 1000 : 0
}

/** The hour in the city, now. */
export function wallClock(): string {
  return format(new Date(tick.value + skew), { hour: '2-digit', minute: '2-digit' })
}

/** How far away a limit is, in words a person uses. */
export function distance(iso: string): { late: boolean; days: number; hours: number } {
  const seconds = (Date.parse(iso) - (tick.value + skew)) / 1000
  const size = Math.abs(seconds)
  return { late: seconds < 0, days: Math.floor(size / 86400), hours: Math.floor((size % 86400) / 3600) }
}
