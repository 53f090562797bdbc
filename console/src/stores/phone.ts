import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { claim, giveUp, heldElsewhere } from '@/phone/lock'
import { askForMicrophone } from '@/phone/devices'
import type { Quality } from '@/phone/quality'
import { startRing, stopRing } from '@/phone/ring'
import type { PhoneState, Softphone } from '@/phone/softphone'

/** A call this person has just asked for (dialled, listened to) rings him first; it is taken without asking again. */
const ASKED_FOR_MS = 20_000

export const usePhone = defineStore('phone', () => {
  const state = ref<PhoneState>('off')
  const reason = ref('')
  const ringing = ref(false)
  const talking = ref(false)
  const muted = ref(false)
  const elsewhere = ref(false)
  const microphoneRefused = ref(false)
  const microphoneGone = ref(false)
  const quality = shallowRef<Quality | null>(null)
  /** This page has carried a call's sound; until then a call of this person's must come from before a refresh. */
  const hadCall = ref(false)
  const phone = shallowRef<Softphone | null>(null)
  let starting = false
  let expectedUntil = 0

  function rings(asked: boolean): void {
    ringing.value = true
    if (asked || Date.now() < expectedUntil) phone.value?.answer()
    else startRing()
    expectedUntil = 0
  }

  function ended(): void {
    ringing.value = false
    talking.value = false
    muted.value = false
    microphoneGone.value = false
    quality.value = null
    stopRing()
  }

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
      ringing: rings,
      talking: () => {
        ringing.value = false
        talking.value = true
        hadCall.value = true
        stopRing()
      },
      quality: (next) => (quality.value = next),
      microphoneGone: () => (microphoneGone.value = true),
      ended,
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

  async function changeDevices(): Promise<void> {
    await phone.value?.changeDevices()
    microphoneGone.value = false
  }

  return {
    state, reason, ringing, talking, muted, elsewhere, microphoneRefused, microphoneGone, quality, hadCall,
    start, stop, mute, changeDevices,
    answer: () => phone.value?.answer(),
    letGo: () => phone.value?.letGo(),
    /** The next ring is one this person asked for. */
    expect: () => (expectedUntil = Date.now() + ASKED_FOR_MS),
  }
})
