// What the console does for an agent on every page: keep the phone registered, bring the desk up when it rings, take a call
// back that a refresh or a crash cut off.
import { computed, onBeforeUnmount, onMounted, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { startNotice, stopNotice } from '@/phone/notify'
import { titlePage } from '@/router'
import { inConversation, useDesk } from '@/stores/desk'
import { usePhone } from '@/stores/phone'

/** In mid-call the phone may fall silent a moment before the desk says why (a hang-up, a transfer). */
const PATIENCE_MS = 1200
const AGAIN_MS = 4000
/** Silence and no call of the platform's: what is left is a call whose goodbye was lost. */
const ZOMBIE_MS = 8000

/** In a call by the platform's account, yet this phone carries no sound of it. */
export function useDetached() {
  const desk = useDesk()
  const phone = usePhone()
  return computed(() => inConversation(desk.call?.state) && phone.state === 'registered' && !phone.talking && !phone.ringing)
}

function takeBack(): void {
  const desk = useDesk()
  const phone = usePhone()
  const detached = useDetached()
  let timer: number | null = null

  function ask(): void {
    timer = null
    if (!detached.value) return
    // Refused when the call has ended meanwhile; the desk's state says so by itself.
    void desk.command('rejoin').catch(() => undefined)
    timer = window.setTimeout(ask, AGAIN_MS)
  }
  watch(detached, (cut) => {
    if (timer !== null) window.clearTimeout(timer)
    timer = cut ? window.setTimeout(ask, phone.hadCall ? PATIENCE_MS : 0) : null
  }, { immediate: true })

  // However it is rung back, a call he is already in is taken at once.
  watch([() => phone.ringing, () => desk.call?.state], ([ringing, state]) => {
    if (ringing && inConversation(state)) phone.answer()
  })

  let quiet: number | null = null
  watch(() => phone.talking && phone.quality?.grade === 'silent' && desk.connected && !desk.call, (zombie) => {
    if (quiet !== null) window.clearTimeout(quiet)
    quiet = zombie ? window.setTimeout(() => phone.letGo(), ZOMBIE_MS) : null
  })
}

export function attend(): void {
  const desk = useDesk()
  const phone = usePhone()
  const router = useRouter()
  const { t } = useI18n()

  // After a refresh or a crash the agent is still signed in: become his phone again.
  watch(() => desk.agent?.state, (state) => {
    if (state && state !== 'signed_out') void phone.start()
  }, { immediate: true })

  // A call that comes, or is dialled, brings the desk up; a leader who listens in stays where the floor is seen, until he
  // takes the call over.
  const own = computed(() => (desk.call && desk.call.role !== 'leader' && desk.call.state !== 'wrap_up' ? desk.call.id : null))
  watch(own, (id) => {
    if (id) void router.push({ name: 'desk' })
  })
  watch(() => desk.call?.state === 'ringing' && phone.ringing, (rings) => {
    if (rings) startNotice(t('call.ringing'), `${desk.call?.number ?? ''} ${desk.call?.number_name ?? ''}`)
    else if (stopNotice()) titlePage(router.currentRoute.value.name === 'desk' && desk.call ? t(`call.${desk.call.state}`) : undefined)
  })

  // Over plain http a browser has six connections for all its tabs: those in the background that are no phone let go.
  function seen(): void {
    if (document.visibilityState === 'visible') desk.open()
    else if (phone.state === 'off') desk.close()
  }
  onMounted(() => document.addEventListener('visibilitychange', seen))
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', seen))

  takeBack()
}
