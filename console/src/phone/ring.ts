// Tones made by the browser itself, on the device chosen for them: the ring, the test tone, the leader's alarm.
import { audioChoice, soundOn } from './devices'

interface Beat { pitches: number[]; seconds: number }

/** Two soft tones, one second in four. */
const RING: Beat = { pitches: [440, 554], seconds: 1 }
const TEST: Beat = { pitches: [660], seconds: 1.2 }
const ALARM: Beat = { pitches: [880, 1174], seconds: 0.5 }
const LOUD = 0.06

/** One way out for tones: an audio element, because only that can be sent to a device in every browser. */
class Sounder {
  private readonly context = new AudioContext()
  private readonly exit = this.context.createMediaStreamDestination()
  private readonly element = new Audio()

  constructor(device: string) {
    this.element.srcObject = this.exit.stream
    void soundOn(this.element, device).then(() => this.element.play().catch(() => undefined))
  }

  sound({ pitches, seconds }: Beat): void {
    const start = this.context.currentTime
    for (const pitch of pitches) {
      const tone = this.context.createOscillator()
      const volume = this.context.createGain()
      tone.frequency.value = pitch
      volume.gain.setValueAtTime(0, start)
      volume.gain.linearRampToValueAtTime(LOUD, start + 0.05)
      volume.gain.setValueAtTime(LOUD, start + seconds - 0.1)
      volume.gain.linearRampToValueAtTime(0, start + seconds)
      tone.connect(volume).connect(this.exit)
      tone.start(start)
      tone.stop(start + seconds)
    }
  }

  close(): void {
    this.element.srcObject = null
    void this.context.close()
  }
}

let ringing: Sounder | null = null
let timer: number | null = null

export function startRing(): void {
  if (ringing) return
  ringing = new Sounder(audioChoice().ringer)
  ringing.sound(RING)
  timer = window.setInterval(() => ringing?.sound(RING), 4000)
}

export function stopRing(): void {
  if (timer !== null) window.clearInterval(timer)
  timer = null
  ringing?.close()
  ringing = null
}

function once(device: string, beat: Beat): Promise<void> {
  const sounder = new Sounder(device)
  sounder.sound(beat)
  return new Promise((resolve) => window.setTimeout(() => resolve(sounder.close()), beat.seconds * 1000 + 300))
}

/** A tone on a device, to hear whether it is the right one; ends with the tone. */
export const testTone = (device: string): Promise<void> => once(device, TEST)
/** One ring on a device. */
export const testRing = (device: string): Promise<void> => once(device, RING)
/** The leader's alarm, on the ring's device. */
export const alarm = (): Promise<void> => once(audioChoice().ringer, ALARM)
