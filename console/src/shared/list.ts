// A list that grows by "load more" (keyset), and is walked with j, k and Enter.
import { nextTick, onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { asProblem, type Problem } from '@/api/client'
import type { Page } from '@/api/types'

export function useList<T>(fetch: (cursor: string | null) => Promise<Page<T>>) {
  const items = shallowRef<T[]>([])
  const cursor = ref<string | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const problem = shallowRef<Problem | null>(null)
  let asking = 0

  async function ask(from: string | null): Promise<void> {
    const mine = ++asking
    loading.value = true
    problem.value = null
    try {
      const page = await fetch(from)
      if (mine !== asking) return
      items.value = from ? [...items.value, ...page.items] : page.items
      cursor.value = page.next_cursor ?? null
      loaded.value = true
    } catch (error) {
      if (mine === asking) problem.value = asProblem(error)
    } finally {
      if (mine === asking) loading.value = false
    }
  }

  return { items, cursor, loading, loaded, problem, reload: () => ask(null), more: () => ask(cursor.value) }
}

const WRITING = new Set(['INPUT', 'TEXTAREA', 'SELECT', 'BUTTON', 'A'])

/** j and k move, in a row the arrows too, Enter opens; keys typed into a field stay there. The row's link has the focus, so that
 * whoever hears the page knows where he is. */
export function useRowKeys(size: () => number, open: (index: number) => void) {
  const at = ref(-1)

  function keys(event: KeyboardEvent): void {
    const target = event.target as HTMLElement
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('.el-overlay:not([style*="display: none"])')) return
    const writing = WRITING.has(target.tagName) && !(target.tagName === 'A' && event.key !== 'Enter')
    if (writing && !(target.tagName === 'BUTTON' && event.key !== 'Enter')) return
    const inRow = target.closest('[data-row]') !== null
    if (event.key === 'j' || (inRow && event.key === 'ArrowDown')) at.value = Math.min(size() - 1, at.value + 1)
    else if (event.key === 'k' || (inRow && event.key === 'ArrowUp')) at.value = Math.max(0, at.value - 1)
    else if (event.key === 'Enter' && at.value >= 0) return open(at.value)
    else return
    event.preventDefault()
    show()
  }
  function show(): void {
    const row = document.querySelector<HTMLElement>(`[data-row="${at.value}"]`)
    row?.scrollIntoView({ block: 'nearest' })
    row?.querySelector<HTMLElement>('a')?.focus({ preventScroll: true })
  }
  /** Come back to a row. */
  async function stand(index: number): Promise<void> {
    at.value = index
    await nextTick()
    show()
  }

  onMounted(() => window.addEventListener('keydown', keys))
  onBeforeUnmount(() => window.removeEventListener('keydown', keys))
  return { at, stand }
}
