// The browser's telephone: SIP over the page's own origin, one call at a time.
// It answers by itself only what its person asked for: the call he was in before a refresh, one he dials, one he listens to.
import JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { IncomingRTCSessionEvent } from 'jssip/lib/UA'
import { api } from '@/api/client'
import type { PhoneCredentials } from '@/api/types'
import { audioChoice, microphoneConstraints, soundOn } from './devices'
import { watchQuality, type Quality } from './quality'

export type PhoneState = 'off' | 'connecting' | 'registered' | 'lost' | 'refused'

export interface PhoneEvents {
  state: (state: PhoneState, reason?: string) => void
  /** ``asked``: the platform rings this phone because its person asked for it. */
  ringing: (asked: boolean) => void
  talking: () => void
  quality: (quality: Quality) => void
  microphoneGone: () => void
  ended: (cause: string) => void
}

const REGISTER_SECONDS = 120
const ICE_PATIENCE_MS = 400
const RETRY_MS = 3000
const ASKED_FOR = 'X-Rejoin'

export class Softphone {
  private agent: InstanceType<typeof JsSIP.UA> | null = null
  private session: RTCSession | null = null
  private credentials: PhoneCredentials | null = null
  private renewal: number | null = null
  private wanted = false
  private unwatch: () => void = () => undefined

  constructor(private readonly sound: HTMLAudioElement, private readonly tell: PhoneEvents) {
    // A page that goes says so: the platform need not find out by itself that this phone is gone from a call.
    window.addEventListener('pagehide', () => this.drop())
    window.addEventListener('online', () => this.agent && !this.agent.isRegistered() && this.later(0))
  }

  async start(): Promise<void> {
    this.wanted = true
    this.tell.state('connecting')
    await this.register()
  }

  stop(): void {
    this.wanted = false
    if (this.renewal !== null) window.clearTimeout(this.renewal)
    this.drop()
    this.tell.state('off')
  }

  /** Leave the line. A call in talk is not ended by it: the platform keeps the caller and rings this person's next phone. */
  private drop(): void {
    const leaving = this.agent
    const inCall = this.session !== null
    this.agent = null
    this.forget()
    leaving?.stop()
    if (inCall) this.tell.ended('left')
  }

  private async register(): Promise<void> {
    if (!this.wanted) return
    try {
      this.credentials = await api.post<PhoneCredentials>('/desk/phone')
    } catch (error) {
      this.tell.state('refused', error instanceof Error ? error.message : undefined)
      return this.later(RETRY_MS)
    }
    if (!this.wanted) return
    this.drop()
    const { uri, auth_user, password, ws_path } = this.credentials
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
    const agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(`${scheme}://${location.host}${ws_path}`)],
      uri,
      authorization_user: auth_user,
      password,
      register_expires: REGISTER_SECONDS,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 8,
    })
    // An agent that was replaced still winds down; what it says then concerns nobody.
    const say = (state: PhoneState, reason?: string): void => {
      if (this.agent === agent) this.tell.state(state, reason)
    }
    agent.on('registered', () => say('registered'))
    agent.on('unregistered', () => say('lost'))
    agent.on('disconnected', () => say('lost'))
    agent.on('connecting', () => say('connecting'))
    agent.on('registrationFailed', ({ cause }: { cause?: string }) => {
      say('refused', cause)
      if (this.agent === agent) this.later(RETRY_MS)
    })
    agent.on('newRTCSession', (event: IncomingRTCSessionEvent) => this.take(event))
    this.agent = agent
    agent.start()
    this.renewBefore(this.credentials.expires_at)
  }

  /** New credentials before the old ones expire; never in the middle of a call. */
  private renewBefore(expiresAt: string): void {
    const left = Date.parse(expiresAt) - Date.now()
    if (Number.isFinite(left) && left > 0) this.later(Math.max(RETRY_MS, left * 0.8))
  }

  private later(milliseconds: number): void {
    if (this.renewal !== null) window.clearTimeout(this.renewal)
    // A timer longer than a day is not a timer; browsers also wrap at 2^31 ms.
    this.renewal = window.setTimeout(() => {
      if (this.session) this.later(RETRY_MS * 5)
      else void this.register()
    }, Math.min(milliseconds, 86_400_000))
  }

  private take(event: IncomingRTCSessionEvent): void {
    if (event.originator !== 'remote') return
    const session = event.session
    if (this.session) {
      session.terminate({ status_code: 486 })
      return
    }
    this.session = session
    session.on('accepted', () => this.tell.talking())
    session.on('ended', ({ cause }) => this.over(session, cause))
    session.on('failed', ({ cause }) => this.over(session, cause))
    // Do not wait for candidates that never come (an unreachable STUN server).
    let patience: number | null = null
    session.on('icecandidate', ({ ready }) => {
      if (patience !== null) window.clearTimeout(patience)
      patience = window.setTimeout(ready, ICE_PATIENCE_MS)
    })
    session.on('peerconnection', ({ peerconnection }) => this.listen(peerconnection))
    this.tell.ringing(Boolean(event.request.getHeader(ASKED_FOR)))
  }

  private listen(connection: RTCPeerConnection): void {
    connection.addEventListener('track', ({ track, streams }) => {
      this.sound.srcObject = streams[0] ?? new MediaStream([track])
      void soundOn(this.sound, audioChoice().speaker).then(() => this.sound.play().catch(() => undefined))
    })
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState !== 'connected') return
      for (const { track } of connection.getSenders()) track?.addEventListener('ended', () => this.tell.microphoneGone())
    })
    this.unwatch()
    this.unwatch = watchQuality(connection, (quality) => this.tell.quality(quality))
  }

  private forget(): void {
    this.unwatch()
    this.session = null
    this.sound.srcObject = null
  }

  private over(session: RTCSession, cause: string): void {
    if (this.session !== session) return
    this.forget()
    this.tell.ended(cause)
  }

  get ringing(): boolean {
    return this.session !== null && !this.session.isEstablished() && !this.session.isEnded()
  }

  answer(): void {
    if (!this.session || !this.ringing) return
    this.session.answer({
      mediaConstraints: { audio: microphoneConstraints(), video: false },
      pcConfig: { iceServers: this.credentials?.ice_servers ?? [] },
    })
  }

  /** End what is left of a call here. It ends no call of the platform. */
  letGo(): void {
    if (this.session && !this.session.isEnded()) this.session.terminate()
  }

  /** The devices were chosen anew: a call in talk changes over at once. */
  async changeDevices(): Promise<void> {
    const sender = this.session?.connection?.getSenders().find(({ track }) => track?.kind === 'audio')
    await soundOn(this.sound, audioChoice().speaker)
    if (!sender) return
    const muted = this.session?.isMuted().audio ?? false
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints() })).getAudioTracks()
    if (!track) return
    track.enabled = !muted
    sender.track?.stop()
    await sender.replaceTrack(track)
  }

  mute(on: boolean): void {
    if (on) this.session?.mute({ audio: true })
    else this.session?.unmute({ audio: true })
  }
}
