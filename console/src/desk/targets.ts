// Whom a call can be passed to, with their state now.
import { onBeforeUnmount, ref, shallowRef } from 'vue'
import { api, asProblem, type Problem } from '@/api/client'
import type { Target, TargetKind, TargetState } from '@/api/types'

export const KINDS: TargetKind[] = ['linked', 'sub_centre', 'line', 'agent', 'duty', 'emergency']
/** A shape and a tone for each state; the word comes from the messages. */
export const MARKS: Record<TargetState, { mark: string; tone: string }> = {
  open: { mark: '●', tone: 'good' },
  busy: { mark: '◆', tone: 'soon' },
  closed: { mark: '○', tone: '' },
  unreachable: { mark: '×', tone: 'late' },
  unknown: { mark: '?', tone: '' },
}
const AGAIN_MS = 4000

export function useTargets() {
  const items = shallowRef<Target[]>([])
  const problem = shallowRef<Problem | null>(null)
  const loaded = ref(false)
  let timer: number | null = null

  async function load(): Promise<void> {
    try {
      items.value = (await api.get<{ items: Target[] }>('/desk/targets')).items
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
    loaded.value = true
  }
  function watchThem(): void {
    leave()
    void load()
    timer = window.setInterval(() => void load(), AGAIN_MS)
  }
  function leave(): void {
    if (timer !== null) window.clearInterval(timer)
    timer = null
  }
  onBeforeUnmount(leave)
  return { items, problem, loaded, load, watch: watchThem, leave }
}

/** Those whose name, number or department has every word typed, in the order of KINDS. */
export function matching(items: Target[], words: string): Target[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return items
    .filter((item) => {
      const has = `${item.name} ${item.number} ${item.department}`.toLowerCase()
      return wanted.every((word) => has.includes(word))
    })
    .sort((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind))
}
