// Shapes of the API, by hand, in the words of the API.

export interface Organisation { id: string; code: string; name: string; full_name: string; name_en: string; kind: string; path: string; parent_id: string | null; accepts_cases: boolean }
export interface Me {
  id: string
  name: string
  roles: string[]
  rights: string[]
  organisation: { id: string; name: string; path: string } | null
  username: string
  must_change_password: boolean
  csrf_token: string
  city: { name: string; time_zone: string }
}
export interface Division { code: string; name: string; full_name: string; level: string; handled_by: string | null; handled_by_id: string | null }
export interface Page<T> { items: T[]; next_cursor: string | null }

export type AgentState = 'signed_out' | 'not_ready' | 'ready' | 'reserved' | 'ringing' | 'busy' | 'wrap_up' | 'paused'
export interface DeskCall {
  id: string
  number: string
  number_name: string
  treatment: string
  notice_text: string
  caller_masked: string
  party_id: string | null
  state: 'ringing' | 'talking' | 'held' | 'wrap_up'
  since: string
  arrived_at: string
  answered_at: string | null
  queue_wait_s: number
  queued_at: string
  marks: string[]
  line: string
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
export interface DeskState {
  at?: string
  agent: { id: string; name: string; state: AgentState; since: string | null; requested: string | null; reason: string; lines: string[]; phone: 'registered' | 'absent' }
  call: DeskCall | null
  queue: { waiting: number; longest_s: number }
}
export interface DeskResult { id: string; ok: boolean; error?: { type: string; title: string; title_en: string } | null }
export interface PhoneCredentials {
  uri: string
  auth_user: string
  password: string
  ws_path: string
  ice_servers: RTCIceServer[]
  expires_at: string
}

export interface Word { value: string; zh: string; en: string }
export interface ActField {
  name: string; type: 'text' | 'line' | 'choice' | 'flag' | 'unit'; zh: string; en: string
  required: boolean; choices: Word[]; max_length: number
}
export interface Turn { field: string; values: string[]; requires: string[] }
export interface Act { act: string; zh: string; en: string; fields: ActField[]; turns?: Turn[] }
export interface StateRow { state: string; zh: string; en: string; mover: 'centre' | 'owner' | 'visitor' | 'nobody'; final: boolean }
export interface Rules { types: Word[]; grades: Word[]; states: StateRow[]; acts: Act[] }
export interface CaseRow {
  id: string; number: string; type: string; matter: string; state: string; version: number
  place_name: string; contact_name_masked: string; contact_phone_masked: string; confidential: boolean
  owner_id: string | null; owner_name: string; designated: boolean
  created_at: string; changed_at: string; deadline_at: string | null; clock_running: boolean; overdue: boolean
  redo_count: number; channel: string
}
export interface CaseClock {
  name: string; zh: string; en: string
  started_at: string | null; ends_at: string; stopped_at: string | null; running: boolean; late: boolean
}
export interface CaseStep {
  version: number; act: string; zh: string; en: string; at: string; actor: string; actor_kind: string; state: string
  owner_name: string; deadline_at: string | null; redone: boolean; fields: Record<string, unknown>
}
export interface Case extends CaseRow {
  content: string
  place: { division: string; name: string; address: string }
  party_id: string | null
  call_id: string | null
  timeline: CaseStep[]
  clocks: CaseClock[]
  acts_allowed: Act[]
  acts_missing: { act: string; zh: string; en: string; reason_zh: string; reason_en: string }[]
}
export interface NewCase { id: string; number: string; query_code: string; state: string; version: number }

export interface NumberHistory {
  treatment: string; treatment_zh: string; treatment_en: string; carried_by: string | null
  effective_from: string | null; effective_to: string | null; superseded: boolean
  reason: string; recorded_at: string; recorded_by: string
}
export interface NumberRow {
  number: string; name: string; name_annex: string; name_en: string; department: string; department_key: string
  treatment: string; treatment_zh: string; treatment_en: string
  behaviour_now: string; behaviour_zh: string; behaviour_en: string
  carried_by: string | null; effective_from: string | null; clause: string; text: string; text_annex: string
  linked_trunk: string | null; answer_at_12345_if_unanswered: boolean; budget_moves: boolean; budget_note: string
  history: NumberHistory[]
}
export interface Board {
  at: string
  totals: { calls: number; answered: number; abandoned: number; vacant: number; answer_rate: number | null; within_15s_rate: number | null }
  by_number: {
    number: string; name: string; name_en: string; treatment: string; calls: number; answered: number; abandoned: number; vacant: number
    answer_rate: number | null; within_15s_rate: number | null; source: string
  }[]
  queue: { waiting: number; longest_s: number }
  seats: { ready: number; busy: number; wrap_up: number; paused: number; signed_in: number }
}
export interface CallRow {
  id: string; at: string; number: string; caller_masked: string; outcome: string
  wait_s: number | null; talk_s: number | null; agent: string | null; case_id?: string | null
}
export type CaseCounts = Record<'to_dispatch' | 'returns' | 'to_sign' | 'to_reply' | 'to_check' | 'to_visit' | 'due_soon' | 'overdue' | 'open', number>

export interface Home { id: string; name: string; path: string }
export interface Post { id: string; role: string; organisation: Home; starts_at: string; ends_at: string | null; given_by: string }
export interface StaffRow { id: string; username: string; name: string; is_active: boolean; locked_until: string | null; must_change_password: boolean; posts: Post[] }
export interface Right { name: string; zh: string; en: string }
export interface Role { name: string; zh: string; en: string; whole_city: boolean; rights: Right[] }
export interface Roles { items: Role[]; machine_rights?: Right[] }
export interface TokenRow {
  id: string; name: string; starts_with: string; rights: string[]; organisation: Home
  made_by: string; made_at: string; expires_at: string | null; revoked_at: string | null
}
export interface AuditEntry {
  id: string; at: string; actor_kind: string; actor_id: string; actor_label: string; address: string
  act: string; object_kind: string; object_id: string; detail: Record<string, unknown>; sealed: boolean
}
export interface AuditVerdict { seals: number; rows: number; broken_at: number | null }
export interface SignInRow { id: string; at: string; username: string; outcome: string; address: string | null }
