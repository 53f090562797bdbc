// The shapes the console works with. What the API document describes comes from it (`npm run api`); the desk's stream
// and the call rows, which it leaves open, are written here.
import type { components } from './schema'

type Schemas = components['schemas']

export interface Page<T> { items: T[]; next_cursor?: string | null }

export type Me = Schemas['Me']
export type Home = Schemas['Home']
export type Organisation = Schemas['OrganisationRow']
export type Division = Schemas['DivisionRow']
export type Post = Schemas['PostRow']
export type StaffRow = Schemas['StaffRow']
export type Right = Schemas['RightWords']
export type Role = Schemas['RoleRow']
export type Roles = Schemas['RoleList']
export type TokenRow = Schemas['TokenRow']
export type AuditEntry = Schemas['AuditEntry']
export type AuditVerdict = Schemas['AuditVerdict']
export type ReadRow = Schemas['ReadRow']
export type ReaderRow = Schemas['ReaderRow']
export type ReadFinding = Schemas['ReadFinding']
export type SignInRow = Schemas['SignInRow']

export type Word = Schemas['Choice']
export type ActField = Schemas['ActField']
export type Turn = Pick<Schemas['TurnRow'], 'field' | 'values' | 'requires'>
export type Act = Schemas['AllowedAct'] & { turns?: Turn[] }
export type StateRow = Schemas['StateRow']
export type Rules = Schemas['ActTable']
export type CaseRow = Schemas['CaseRow']
export type CaseClock = Schemas['CaseClock']
export type CaseStep = Schemas['Event']
export type Case = Schemas['CaseDetail']
export type NewCase = Schemas['FiledCase']
export type DoneRows = Schemas['DoneRows']
export type Rates = Schemas['Rates']
export type LeftOut = Schemas['LeftOut']
export type CaseCounts = Schemas['CaseCounts']
export type CaseColumn = Schemas['CaseColumn']
export type CaseColumns = Schemas['CaseColumns']
export type CaseViews = Schemas['CaseViews']
export type SavedFilter = Schemas['SavedFilterRow']
export type ExportRow = Schemas['ExportRow']
export type Letters = Schemas['LettersOfCase']
export type LetterKind = Schemas['LetterKindRow']
export type LetterTemplates = Schemas['LetterTemplates']

export type DeputyRow = Schemas['DeputyRow']
export type Colleague = Schemas['Colleague']
export type AlertRow = Schemas['AlertRow']
export type AlertChoices = Schemas['Choices']
export type SuggestAsked = Partial<Schemas['ToSuggest']>
export type Suggested = Schemas['SuggestedOut']
export type PlaceFound = Schemas['PlaceOut']
export type CatalogueRow = Schemas['EntryOut']
export type MatterTree = Schemas['Matters']
export type CatalogueDraft = Schemas['DraftOut']
export type Tried = Schemas['TriedOut']

export type Message = Schemas['MessageRow']
export type MessageCounts = Schemas['MessageCounts']
export type Attachment = Schemas['AttachmentRow']
export type Attachments = Schemas['AttachmentsOut']
export type Incoming = Schemas['IncomingRow']
export type InboxMessage = Schemas['InboxMessage']
export type SendersCase = Schemas['SendersCase']
export type NumberRow = Schemas['NumberOut']
export type LinkRow = Schemas['LinkOut']
export type LinkChangeRow = Schemas['LinkChangeOut']
export type Board = Schemas['Board']
export type Recordings = Schemas['RecordingsOut']
export type RecordingSegment = Schemas['SegmentOut']
export type FindingRow = Schemas['FindingOut']
export type HoldRow = Schemas['HoldOut']
export type Waveform = Schemas['WaveformOut']
export type MetricDefinition = Schemas['Definition']
export type PhoneCredentials = Omit<Schemas['Phone'], 'ice_servers'> & { ice_servers: RTCIceServer[] }

export interface Seat {
  staff_id: string; name: string; state: AgentState; since: string; deadline_at: string | null; requested: string; reason: string; note: string
  forced_by: string; lines: string[]; owner_id: string | null; owner_name: string; call_id: string | null; phone: 'registered' | 'absent'
}
export interface Alarm {
  id: string; kind: string; zh: string; en: string; urgent: boolean; about_kind: string; about_id: string; detail: Record<string, string>; leader: string
  state: 'open' | 'seen' | 'answered'; raised_at: string; last_at: string; times: number; seen_by: string; note: string
}
export type AgentState = 'signed_out' | 'not_ready' | 'ready' | 'reserved' | 'ringing' | 'busy' | 'wrap_up' | 'paused'
export type DeskCallState = 'ringing' | 'talking' | 'held' | 'consulting' | 'conference' | 'awaiting' | 'dialling' | 'wrap_up'
export type TargetKind = 'linked' | 'sub_centre' | 'line' | 'agent' | 'emergency' | 'duty'
export type TargetState = 'open' | 'busy' | 'unreachable' | 'closed' | 'unknown'
/** Somebody a call can be passed to, or asked. */
export interface Target { to: string; name: string; number: string; kind: TargetKind; department: string; state: TargetState; waiting?: number | null; takes_messages?: boolean }
/** The third in a call. */
export interface OtherParty { to: string; name: string; kind: TargetKind; state: 'ringing' | 'up'; since: string | null }
export interface Listener { name: string; mode: 'listen' | 'whisper' | 'barge' }
export interface PauseReason { code: string; zh: string; en: string; max_minutes: number | null }
export interface WrapUpCode { code: string; zh: string; en: string }
export interface DeskCall {
  id: string
  number: string
  number_name: string
  treatment: string
  notice_text: string
  caller_masked: string
  party_id: string | null
  state: DeskCallState
  /** What this person is in the call: its agent, the colleague who was asked, a leader who listens. */
  role?: 'agent' | 'other' | 'leader'
  /** How a leader is in it. */
  mode?: Listener['mode'] | 'take_over' | ''
  /** Whose call it is, where it is not one's own. */
  agent_name?: string
  direction: 'in' | 'out'
  other: OtherParty | null
  talking_to: 'caller' | 'other' | 'both' | 'nobody'
  recording: 'on' | 'paused' | 'off' | 'failed'
  listeners: Listener[]
  /** What this agent called his leader for, until it is dealt with. */
  cry?: { kind: 'distress' | 'ask_leader'; state: 'open' | 'seen'; seen_by: string } | null
  since: string
  arrived_at: string
  answered_at: string | null
  queue_wait_s: number
  queued_at: string
  marks: string[]
  line: string
  handover?: HandOver | null
  party: {
    id: string
    name_masked: string
    language: string
    needs: string[]
    note: string
    calls: { id: string; at: string; number: string; outcome: string }[]
    cases: { id: string; number: string; type: string; matter: string; state: string; created_at: string }[]
  } | null
}
export interface DeskCallback { id: string; number: string; line: string; caller_masked: string; party_id: string | null; why: string; entered_at: string; hold_until: string | null }
export interface Callback extends DeskCallback { state: string; missed_at: string; missed: number; due_at: string; overdue: boolean; tried: number; agent: string; mine: boolean; outcome: string; closed_at: string | null }
export interface Restriction { id: string; state: string; caller_masked: string; call_id: string; reason: string; note: string; days: number; proposed_at: string; proposed_name: string; decided_at: string | null; decided_name: string; until: string | null }
export interface RestrictionDetail extends Restriction { acts: { act: string; at: string; name: string; note: string }[]; acts_allowed: string[] }
export interface CallbackDetail extends Callback {
  missed_calls: { id: string; at: string; number: string; outcome: string }[]
  attempts: { number: number; agent_name: string; begun_at: string; outcome: string; note: string; call_id: string | null }[]
}
/** What a linked centre told of the caller it sent us, or what we told when we sent him. */
export interface HandOver {
  direction: 'in' | 'out'; from: string; from_name: string; kind: string; number_dialled: string; caller_masked: string; consent: boolean
  confidential: boolean; language: string; summary: string; place: string; case_no: string; at: string; reference: string
}
export interface DeskState {
  at?: string
  agent: { id: string; name: string; state: AgentState; since: string | null; requested: string | null; reason: string; note?: string; forced_by?: string; deadline_at?: string | null; lines: string[]; phone: 'registered' | 'absent' }
  call: DeskCall | null
  /** The missed caller in hand. */
  callback?: DeskCallback | null
  queue: { waiting: number; longest_s: number; emergency: number }
}
export interface DeskResult { id: string; ok: boolean; error?: { type: string; title: string; title_en: string } | null }
export interface CallRow {
  id: string; at: string; number: string; caller_masked: string; outcome: string
  wait_s: number | null; talk_s: number | null; agent: string | null; marks: string[]; case_id: string | null
  direction: 'in' | 'out'; rating: number | null
  /** The agent's word for it. */
  wrap_up: WrapUpCode | null
}
