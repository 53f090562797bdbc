// The agent's desk as the server sees it, and commands whose outcome comes back on the stream.
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api, checkSession, Problem } from '@/api/client'
import type { DeskCallState, DeskResult, DeskState } from '@/api/types'
import { heardServerTime } from '@/shared/time'

export type Command =
  | 'sign_in' | 'ready' | 'pause' | 'sign_out' | 'wrap_up_done'
  | 'hold' | 'resume' | 'hangup' | 'rejoin' | 'dial'
  | 'consult' | 'swap' | 'complete' | 'three_way' | 'back' | 'drop_other' | 'leave' | 'transfer' | 'to_queue' | 'rate'
  | 'emergency' | 'distress' | 'ask_leader' | 'record_pause' | 'record_resume'
  | 'listen' | 'whisper' | 'barge' | 'take_over' | 'stop_listening' | 'force'

/** States in which the agent's phone carries, or should carry, the call. */
const CONVERSATION: DeskCallState[] = ['talking', 'held', 'consulting', 'conference', 'awaiting', 'dialling']
export const inConversation = (state: DeskCallState | undefined): boolean => state !== undefined && CONVERSATION.includes(state)

const LONGEST_WAIT_MS = 15_000

const unanswered = () => new Problem(
  504, 'desk.unanswered',
  '通话控制没有在时限内答复，操作可能没有生效，请看当前状态再决定',
  'Call control did not answer in time; the command may not have taken effect. Look at the state shown, then decide',
)

export const useDesk = defineStore('desk', () => {
  const state = ref<DeskState | null>(null)
  const connected = ref(false)
  const pending = ref<Command | null>(null)
  const results = new Map<string, DeskResult>()
  const waiting = new Map<string, (result: DeskResult) => void>()
  let source: EventSource | null = null
  let again: number | null = null
  let last: Promise<void> = Promise.resolve()

  function open(): void {
    if (source) return
    source = new EventSource('/live/desk')
    source.addEventListener('open', () => (connected.value = true))
    source.addEventListener('state', (event: MessageEvent<string>) => {
      state.value = JSON.parse(event.data) as DeskState
      heardServerTime(state.value.at)
      connected.value = true
    })
    source.addEventListener('result', (event: MessageEvent<string>) => {
      const result = JSON.parse(event.data) as DeskResult
      const hear = waiting.get(result.id)
      if (hear) hear(result)
      else results.set(result.id, result)
    })
    source.addEventListener('error', () => {
      connected.value = false
      // The browser retries a broken stream by itself, but not one that was refused.
      if (source?.readyState === EventSource.CLOSED) {
        close()
        again = window.setTimeout(open, 3000)
        void checkSession()
      }
    })
  }

  function close(): void {
    source?.close()
    source = null
    connected.value = false
    if (again !== null) window.clearTimeout(again)
    again = null
  }

  function outcome(id: string, milliseconds: number): Promise<DeskResult | null> {
    const early = results.get(id)
    if (early) {
      results.delete(id)
      return Promise.resolve(early)
    }
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => finish(null), milliseconds)
      function finish(result: DeskResult | null): void {
        window.clearTimeout(timer)
        waiting.delete(id)
        resolve(result)
      }
      waiting.set(id, finish)
    })
  }

  /**
   * Ask call control for something; throws the refusal or the silence as a Problem. One at a time, in the order asked: the
   * stream may show a command's effect before its result, and what the agent presses then must not be swallowed.
   */
  function command(name: Command, args: Record<string, unknown> = {}): Promise<void> {
    if (pending.value === name) return last
    last = last.catch(() => undefined).then(() => give(name, args))
    return last
  }

  async function give(name: Command, args: Record<string, unknown>): Promise<void> {
    pending.value = name
    try {
      const call_id = (args.call_id as string | undefined) ?? state.value?.call?.id ?? null
      const asked = await api.post<{ id: string; deadline_at: string }>('/desk/commands', { command: name, call_id, args })
      const result = await outcome(asked.id, LONGEST_WAIT_MS)
      if (!result) throw unanswered()
      if (!result.ok) {
        const error = result.error
        throw new Problem(409, error?.type ?? 'desk', error?.title ?? '操作没有成功', error?.title_en ?? 'The command failed')
      }
    } finally {
      pending.value = null
    }
  }

  const call = computed(() => state.value?.call ?? null)
  const agent = computed(() => state.value?.agent ?? null)
  return { state, call, agent, connected, pending, open, close, command }
})
