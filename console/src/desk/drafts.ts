// What an agent types is kept on this machine until the case is filed, so a crash loses no word.
import { shallowReactive, watch } from 'vue'

export interface CaseDraft {
  key: string
  type: string
  matter: string
  division: string
  division_name: string
  address: string
  content: string
  contact_name: string
  contact_phone: string
  contact_mail: string
  channel: '' | 'letter' | 'visit'
  arrived_on: string
  confidential: boolean
  urgency: string
  reported: string
  answer: string
}

const PREFIX = 'hotline.draft.'
const KEPT_MS = 24 * 3600 * 1000

export function emptyDraft(): CaseDraft {
  return {
    key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, type: '', matter: '', division: '', division_name: '', address: '', content: '',
    contact_name: '', contact_phone: '', contact_mail: '', channel: '', arrived_on: '', confidential: false, urgency: 'normal', reported: '', answer: '',
  }
}

/** Drafts hold what callers said; they do not outlive a day. */
export function forgetOldDrafts(): void {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue
    try {
      const { at } = JSON.parse(localStorage.getItem(key) ?? '{}') as { at?: number }
      if (!at || Date.now() - at > KEPT_MS) localStorage.removeItem(key)
    } catch {
      localStorage.removeItem(key)
    }
  }
}

/** Who signs out leaves nothing of what callers told him on this machine. */
export function forgetDraftsOf(person: string): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`${PREFIX}${person}.`)) localStorage.removeItem(key)
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(FILED)) sessionStorage.removeItem(key)
}

function read(key: string): CaseDraft {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as { draft: CaseDraft } | null
    return { ...emptyDraft(), ...(kept?.draft ?? {}) }
  } catch {
    return emptyDraft()
  }
}

/** Calls of this person whose words were typed but never filed. */
export function keptDrafts(person: string): { call: string; at: number; draft: CaseDraft }[] {
  const lead = `${PREFIX}${person}.`
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(lead))
    .map((key) => ({ call: key.slice(lead.length), at: lastChange(key), draft: read(key) }))
    .filter(({ draft }) => draft.content || draft.matter || draft.answer)
    .sort((one, other) => other.at - one.at)
}

function lastChange(key: string): number {
  return (JSON.parse(localStorage.getItem(key) ?? '{}') as { at?: number }).at ?? 0
}

export interface KeptDraft {
  draft: CaseDraft
  forget: () => void
  stop: () => void
}

/** The draft of one person's one call, written back at every change. */
export function keepDraft(person: string, call: string): KeptDraft {
  const key = `${PREFIX}${person}.${call}`
  const draft = shallowReactive(read(key))
  const stop = watch(draft, () => localStorage.setItem(key, JSON.stringify({ at: Date.now(), draft })), { flush: 'sync' })
  return {
    draft,
    stop,
    forget: () => {
      stop()
      localStorage.removeItem(key)
      Object.assign(draft, emptyDraft())
    },
  }
}

const FILED = 'hotline.filed.'

/** What was filed in this tab for a call: its query code is shown once, and a refresh must not take it away. */
export function rememberFiled<T>(call: string, filed: T): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(FILED)) sessionStorage.removeItem(key)
  sessionStorage.setItem(FILED + call, JSON.stringify(filed))
}

export function filedBefore<T>(call: string): T | null {
  return JSON.parse(sessionStorage.getItem(FILED + call) ?? 'null') as T | null
}

export function forgetFiled(call: string): void {
  sessionStorage.removeItem(FILED + call)
}
