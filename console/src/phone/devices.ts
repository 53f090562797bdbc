// Which microphone and loudspeakers, kept on this machine for each person.
export interface AudioChoice {
  microphone: string
  /** Where the caller is heard: the headset. */
  speaker: string
  /** Where it rings: it may be the loudspeaker on the table while the headset lies beside it. */
  ringer: string
  /** No echo, noise or gain treatment: for headsets that do it themselves, and for measuring. */
  plain: boolean
}

const KEY = 'hotline.audio'
let person = ''

/** Whose choice it is from now on; seats are shared, headsets are not. */
export function audioOf(next: string): void {
  person = next
}

function kept(key: string): Partial<AudioChoice> {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<AudioChoice>
  } catch {
    return {}
  }
}

/** This person's choice, else what was last chosen on this machine. */
export function audioChoice(): AudioChoice {
  const none: AudioChoice = { microphone: '', speaker: '', ringer: '', plain: false }
  return { ...none, ...kept(KEY), ...(person ? kept(`${KEY}.${person}`) : {}) }
}

export function keepAudioChoice(choice: AudioChoice): void {
  const words = JSON.stringify(choice)
  localStorage.setItem(KEY, words)
  if (person) localStorage.setItem(`${KEY}.${person}`, words)
}

export function microphoneConstraints(choice: AudioChoice = audioChoice()): MediaTrackConstraints {
  const { microphone, plain } = choice
  return {
    ...(microphone ? { deviceId: { ideal: microphone } } : {}),
    echoCancellation: !plain,
    noiseSuppression: !plain,
    autoGainControl: !plain,
  }
}

/** Whether the microphone may be used without asking the person. */
export async function microphoneGranted(): Promise<boolean> {
  const status = await navigator.permissions.query({ name: 'microphone' as PermissionName }).catch(() => null)
  return status?.state === 'granted'
}

/** Ask once for the microphone, so that the first ring is not met by a question. */
export async function askForMicrophone(): Promise<void> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints() })
  stream.getTracks().forEach((track) => track.stop())
}

export async function devices(): Promise<{ microphones: MediaDeviceInfo[]; speakers: MediaDeviceInfo[] }> {
  const all = await navigator.mediaDevices.enumerateDevices()
  return {
    microphones: all.filter((device) => device.kind === 'audioinput' && device.deviceId),
    speakers: all.filter((device) => device.kind === 'audiooutput' && device.deviceId),
  }
}

/** Let an element sound on a chosen device; a device that is gone leaves the system's. */
export async function soundOn(element: HTMLAudioElement, device: string): Promise<void> {
  if ('setSinkId' in element) await element.setSinkId(device).catch(() => undefined)
}
