// What an agent may do in each state of his call, with its key: the bar's buttons, its keys and the list of keys are drawn
// from this table.
import type { DeskCall, DeskCallState } from '@/api/types'
import type { Command } from '@/stores/desk'

export interface Move {
  key?: string
  /** What call control is told; without it the bar does something of its own. */
  command?: Command
  look?: 'primary' | 'danger'
  /** Buttons of one group stand together; the last stands apart at the end. */
  group: 'talk' | 'pass' | 'help' | 'end'
}

export const MOVES = {
  answer: { key: 'F2', look: 'primary', group: 'talk' },
  rejoin: { key: 'F2', command: 'rejoin', look: 'primary', group: 'talk' },
  hold: { key: 'F3', command: 'hold', group: 'talk' },
  resume: { key: 'F3', command: 'resume', look: 'primary', group: 'talk' },
  swap: { key: 'F3', command: 'swap', group: 'talk' },
  mute: { key: 'F4', group: 'talk' },
  record_pause: { key: 'Shift+F3', command: 'record_pause', group: 'talk' },
  record_resume: { key: 'Shift+F3', command: 'record_resume', look: 'primary', group: 'talk' },
  pass: { key: 'F7', group: 'pass' },
  complete: { key: 'F7', command: 'complete', look: 'primary', group: 'pass' },
  three_way: { key: 'Shift+F7', command: 'three_way', group: 'pass' },
  drop_other: { key: 'Shift+F7', command: 'drop_other', group: 'pass' },
  ask_leader: { key: 'F1', group: 'help' },
  call_emergency: { key: 'F12', look: 'danger', group: 'help' },
  distress: { key: 'Shift+F12', command: 'distress', look: 'danger', group: 'help' },
  whisper: { key: 'F3', command: 'whisper', group: 'talk' },
  barge: { key: 'F7', command: 'barge', group: 'pass' },
  take_over: { key: 'Shift+F7', command: 'take_over', group: 'pass' },
  stop_listening: { key: 'F6', command: 'stop_listening', look: 'danger', group: 'end' },
  rate: { key: 'Shift+F6', command: 'rate', group: 'end' },
  back: { key: 'F6', command: 'back', look: 'danger', group: 'end' },
  leave: { key: 'F6', command: 'leave', look: 'danger', group: 'end' },
  hangup: { key: 'F6', command: 'hangup', look: 'danger', group: 'end' },
  wrap_up_done: { key: 'F10', look: 'primary', group: 'end' },
} as const satisfies Record<string, Move>

export type MoveName = keyof typeof MOVES

const BY_STATE: Record<DeskCallState, MoveName[]> = {
  ringing: ['answer'],
  talking: ['hold', 'mute', 'record_pause', 'pass', 'ask_leader', 'call_emergency', 'distress', 'rate', 'hangup'],
  held: ['resume', 'mute', 'pass', 'ask_leader', 'call_emergency', 'distress', 'hangup'],
  consulting: ['swap', 'mute', 'complete', 'three_way', 'ask_leader', 'distress', 'back'],
  conference: ['mute', 'record_pause', 'drop_other', 'ask_leader', 'distress', 'leave'],
  awaiting: ['rejoin'],
  dialling: ['mute', 'ask_leader', 'hangup'],
  wrap_up: ['wrap_up_done'],
}

/** A leader in somebody else's call, and a colleague who was asked, leave it to its agent. */
const BY_ROLE: Record<'leader' | 'other', MoveName[]> = {
  leader: ['mute', 'whisper', 'barge', 'take_over', 'stop_listening'],
  other: ['mute', 'ask_leader', 'distress', 'hangup'],
}

/** The moves of a call as it stands. */
export function movesOf(call: DeskCall | null): MoveName[] {
  if (!call) return []
  const role = call.role ?? 'agent'
  if (role !== 'agent' && call.state !== 'ringing' && call.state !== 'wrap_up') return BY_ROLE[role]
  const moves = BY_STATE[call.state] ?? []
  return call.recording === 'paused' ? moves.map((name) => (name === 'record_pause' ? 'record_resume' : name)) : moves
}

/** A key pressed, in the words of the table: F6, Shift+F6. */
export const keyName = (event: KeyboardEvent): string => (event.shiftKey ? `Shift+${event.key}` : event.key)

/** How a key is written on a button. */
export const keyFace = (key: string): string => key.replace('Shift+', '⇧')

/** Every key of the desk, so that none of them does the browser's thing instead. */
export const KEYS = new Set(Object.values(MOVES).map((move) => move.key as string))
