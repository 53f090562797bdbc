// A screen nobody sits at shows no personal data for longer than its session lives.
import { checkSession } from '@/api/client'
import { router } from '@/router'
import { useSession } from '@/stores/session'

const ASK_AFTER_MS = 5 * 60_000

/** From now on ask once a minute whether the session still lives, while nobody touches the page; asking is no use of it. */
export function watchUnattended(): void {
  let touched = Date.now()
  for (const sign of ['pointerdown', 'keydown', 'wheel']) {
    window.addEventListener(sign, () => (touched = Date.now()), { passive: true })
  }
  window.setInterval(() => {
    // A board on a wall has none to show, and is looked at without being touched.
    const board = router.currentRoute.value.name === 'board'
    if (useSession().me && !board && Date.now() - touched > ASK_AFTER_MS) void checkSession()
  }, 60_000)
}
