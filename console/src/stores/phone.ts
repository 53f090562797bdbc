import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { claim, giveUp, heldElsewhere } from '@/phone/lock'
import { askForMicrophone } from '@/phone/devices'
import { startRing, stopRing } from '@/phone/ring'
import type { PhoneState, Softphone } from '@/phone/softphone'

export const usePhone = defineStore('phone', () => {
  const state = ref<PhoneState>('off')
  const reason = ref('')
  const ringing = ref(false)
  const talking = ref(false)
  const muted = ref(false)
  const elsewhere = ref(false)
  const microphoneRefused = ref(false)
  const phone = shallowRef<Softphone | null>(null)
  let starting = false

  /** SIP comes with the first phone, not with the first page. */
  async function make(): Promise<Softphone> {
    const { Softphone } = await import('@/phone/softphone')
    const sound = document.createElement('audio')
    sound.autoplay = true
    sound.dataset.test = 'phone-audio'
    document.body.append(sound)
    return new Softphone(sound, {
      state: (next, why) => {
        state.value = next
        reason.value = why ?? ''
      },
      ringing: () => {
        ringing.value = true
        startRing()
      },
      talking: () => {
        ringing.value = false
        talking.value = true
        stopRing()
      },
      ended: () => {
        ringing.value = false
        talking.value = false
        muted.value = false
        stopRing()
      },
    })
  }

  async function gained(): Promise<void> {
    elsewhere.value = false
    phone.value ??= await make()
    await phone.value.start()
  }

  function lost(): void {
    phone.value?.stop()
    elsewhere.value = true
  }

  /** Become this person's telephone: microphone first, then the lock, then SIP. */
  async function start(takeOver = false): Promise<void> {
    if (state.value !== 'off' || starting) return
    starting = true
    try {
      await askForMicrophone()
      microphoneRefused.value = false
    } catch {
      microphoneRefused.value = true
      return
    } finally {
      starting = false
    }
    elsewhere.value = !takeOver && (await heldElsewhere())
    void claim({ gained: () => void gained(), lost }, takeOver)
  }

  function stop(): void {
    phone.value?.stop()
    giveUp()
    stopRing()
    elsewhere.value = false
  }

  function mute(): void {
    muted.value = !muted.value
    phone.value?.mute(muted.value)
  }

  return {
    state, reason, ringing, talking, muted, elsewhere, microphoneRefused,
    start, stop, mute,
    answer: () => phone.value?.answer(),
  }
})
