// How well the call sounds, from what the browser counts of it.
export type Grade = 'good' | 'fair' | 'bad' | 'silent'

export interface Quality {
  grade: Grade
  /** Lost on the worse of both ways since the last look, percent. */
  loss: number
  jitterMs: number
  /** There and back; null until the far side has reported. */
  roundTripMs: number | null
}

/** What was counted at one look. */
export interface Count {
  received: number
  lost: number
  jitter: number
  roundTrip: number | null
  /** What the far side says it lost of ours, 0 to 1. */
  lostThere: number
}

/** From these on a voice is heard to suffer (fair), and words are lost (bad). */
const FAIR = { loss: 1.5, jitterMs: 30, roundTripMs: 300 }
const BAD = { loss: 5, jitterMs: 60, roundTripMs: 600 }

/** One look at a connection. Null while it carries no sound towards us. */
export async function count(connection: RTCPeerConnection): Promise<Count | null> {
  let found: Count | null = null
  let roundTrip: number | null = null
  let lostThere = 0
  ;(await connection.getStats()).forEach((row) => {
    if (row.type === 'inbound-rtp' && row.kind === 'audio') {
      found = { received: row.packetsReceived ?? 0, lost: row.packetsLost ?? 0, jitter: row.jitter ?? 0, roundTrip: null, lostThere: 0 }
    } else if (row.type === 'remote-inbound-rtp') {
      roundTrip = row.roundTripTime ?? roundTrip
      lostThere = row.fractionLost ?? 0
    } else if (row.type === 'candidate-pair' && row.nominated) {
      roundTrip ??= row.currentRoundTripTime ?? null
    }
  })
  return found && { ...(found as Count), roundTrip, lostThere }
}

/** How it sounded between two looks. */
export function judge(before: Count, now: Count): Quality {
  const received = now.received - before.received
  const lost = Math.max(0, now.lost - before.lost)
  const loss = Math.max(received + lost ? (100 * lost) / (received + lost) : 0, now.lostThere * 100)
  const jitterMs = Math.round(now.jitter * 1000)
  const roundTripMs = now.roundTrip === null ? null : Math.round(now.roundTrip * 1000)
  const beyond = (limit: typeof FAIR): boolean => loss >= limit.loss || jitterMs >= limit.jitterMs || (roundTripMs ?? 0) >= limit.roundTripMs
  const grade = received <= 0 ? 'silent' : beyond(BAD) ? 'bad' : beyond(FAIR) ? 'fair' : 'good'
  return { grade, loss: Math.round(loss * 10) / 10, jitterMs, roundTripMs }
}

const EVERY_MS = 2000

/** Judges the connection every two seconds until stopped. */
export function watchQuality(connection: RTCPeerConnection, tell: (quality: Quality) => void): () => void {
  let before: Count | null = null
  const timer = window.setInterval(() => {
    void count(connection).then((now) => {
      if (before && now) tell(judge(before, now))
      before = now
    }, () => undefined)
  }, EVERY_MS)
  return () => window.clearInterval(timer)
}
