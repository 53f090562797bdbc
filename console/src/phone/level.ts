// How loud the microphone is, to see that it is the right one and not muted.
import { microphoneConstraints, type AudioChoice } from './devices'

const TIMES_A_SECOND = 12
/** Below this a quiet room sounds no louder than a switched-off microphone. */
export const HEARD_FROM = 8

export interface Meter { stop: () => void }

/** Tells the loudness, 0 to 100, until stopped. Throws when the microphone is refused. */
export async function meter(choice: AudioChoice, tell: (level: number) => void): Promise<Meter> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(choice) })
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 1024
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = window.setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    const power = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length)
    // −60 dB … 0 dB as 0 … 100.
    tell(Math.max(0, Math.min(100, Math.round((20 * Math.log10(power || 1e-6) + 60) / 0.6))))
  }, 1000 / TIMES_A_SECOND)
  return {
    stop: () => {
      window.clearInterval(timer)
      stream.getTracks().forEach((track) => track.stop())
      void context.close()
    },
  }
}
