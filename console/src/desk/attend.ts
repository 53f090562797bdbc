// What the console does for an agent on every page: keep the phone registered, bring the desk up when it rings.
import { onBeforeUnmount, onMounted, watch } from 'vue'
import { useRouter } from 'vue-router'
import { useDesk } from '@/stores/desk'
import { usePhone } from '@/stores/phone'

export function attend(): void {
  const desk = useDesk()
  const phone = usePhone()
  const router = useRouter()

  // After a refresh or a crash the agent is still signed in: become his phone again.
  watch(() => desk.agent?.state, (state) => {
    if (state && state !== 'signed_out') void phone.start()
  }, { immediate: true })

  watch(() => desk.call?.state, (state) => {
    if (state === 'ringing') void router.push({ name: 'desk' })
  })

  // Over plain http a browser has six connections for all its tabs: those in the background that are no phone let go.
  function seen(): void {
    if (document.visibilityState === 'visible') desk.open()
    else if (phone.state === 'off') desk.close()
  }
  onMounted(() => document.addEventListener('visibilitychange', seen))
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', seen))

  // A call he already answered is rung back into this page after a refresh: take it at once.
  watch([() => phone.ringing, () => desk.call?.state], ([ringing, state]) => {
    if (ringing && (state === 'talking' || state === 'held')) phone.answer()
  })
}
