// Which microphone and loudspeaker, kept on this machine.
export interface AudioChoice {
  microphone: string
  speaker: string
  /** No echo, noise or gain treatment: for headsets that do it themselves, and for measuring. */
  plain: boolean
}

const KEY = 'hotline.audio'

export function audioChoice(): AudioChoice {
  const none: AudioChoice = { microphone: '', speaker: '', plain: false }
  try {
    return { ...none, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<AudioChoice>) }
  } catch {
    return none
  }
}

export function keepAudioChoice(choice: AudioChoice): void {
  localStorage.setItem(KEY, JSON.stringify(choice))
}

export function microphoneConstraints(): MediaTrackConstraints {
  const { microphone, plain } = audioChoice()
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
