// The ring, made by the browser itself: two soft tones, one second in four.
let context: AudioContext | null = null
let timer: number | null = null

function once(): void {
  if (!context) return
  const start = context.currentTime
  for (const pitch of [440, 554]) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = pitch
    volume.gain.setValueAtTime(0, start)
    volume.gain.linearRampToValueAtTime(0.06, start + 0.05)
    volume.gain.setValueAtTime(0.06, start + 0.9)
    volume.gain.linearRampToValueAtTime(0, start + 1)
    tone.connect(volume).connect(context.destination)
    tone.start(start)
    tone.stop(start + 1)
  }
}

export function startRing(): void {
  if (timer !== null) return
  context = new AudioContext()
  once()
  timer = window.setInterval(once, 4000)
}

export function stopRing(): void {
  if (timer !== null) window.clearInterval(timer)
  timer = null
  void context?.close()
  context = null
}
