import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { api, asProblem, setCsrf, type Problem } from '@/api/client'
import type { Me } from '@/api/types'
import { forgetDraftsOf } from '@/desk/drafts'
import { audioOf } from '@/phone/devices'
import { useZone } from '@/shared/time'

export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null)
  const asked = ref(false)
  /** Why it is not known who is signed in: the server cannot be asked. */
  const trouble = shallowRef<Problem | null>(null)
  /** Why the last session ended by itself; the sign-in page says it. */
  const ended = shallowRef<Problem | null>(null)

  function take(next: Me | null): void {
    me.value = next
    setCsrf(next)
    useZone(next?.city.time_zone)
    audioOf(next?.id ?? '')
  }

  /** Who is signed in; asked once per page load. */
  async function load(): Promise<void> {
    if (asked.value) return
    try {
      take(await api.get<Me>('/session'))
    } catch (error) {
      trouble.value = asProblem(error)
      if (trouble.value.status !== 401) throw error
      end(trouble.value)
      trouble.value = null
    }
    asked.value = true
  }

  async function signIn(username: string, password: string): Promise<void> {
    take(await api.post<Me>('/session', { username, password }))
    ended.value = null
    asked.value = true
  }

  async function signOut(): Promise<void> {
    await api.remove('/session')
    if (me.value) forgetDraftsOf(me.value.id)
    take(null)
  }

  /** Act in an absent colleague's place, or (null) for oneself again. */
  async function actFor(deputy: string | null): Promise<void> {
    take(await api.post<Me>('/session/acting', { deputy }))
  }

  async function changePassword(old: string, fresh: string): Promise<void> {
    take(await api.post<Me>('/session/password', { old, new: fresh }))
  }

  function end(why: Problem): void {
    if (why.code === 'session-lapsed') ended.value = why
    take(null)
  }

  const may = (right: string): boolean => me.value?.rights.includes(right) ?? false
  const city = computed(() => me.value?.city.name ?? '')

  return { me, trouble, ended, load, signIn, signOut, changePassword, actFor, may, city, end }
})
