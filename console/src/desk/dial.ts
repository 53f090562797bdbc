// Calling out from the desk: the platform rings this phone first, then the citizen, under the city's own number.
import { computed } from 'vue'
import { sayProblem } from '@/shared/say'
import { useDesk } from '@/stores/desk'
import { usePhone } from '@/stores/phone'

export const PURPOSES = ['contact', 'visit', 'callback', 'urgent', 'other'] as const
export type Purpose = (typeof PURPOSES)[number]
export type Whom = { phone: string } | { party_id: string } | { case_id: string } | { callback_id: string }

export function useDial() {
  const desk = useDesk()
  const phone = usePhone()
  /** Signed in, his phone up, and no call in hand; while wrapping up one may call the same person back. */
  const possible = computed(() => phone.state === 'registered' && !phone.talking && (!desk.call || desk.call.state === 'wrap_up') && Boolean(desk.agent) && desk.agent?.state !== 'signed_out')
  async function dial(whom: Whom, purpose: Purpose): Promise<boolean> {
    phone.expect()
    try {
      await desk.command('dial', { ...whom, purpose })
      return true
    } catch (error) {
      sayProblem(error)
      return false
    }
  }
  return { possible, dial }
}
