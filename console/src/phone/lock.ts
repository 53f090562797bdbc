// One browser tab owns the phone. The browser keeps the lock and gives it up when the tab dies.
const NAME = 'hotline-phone'

export interface Ownership {
  /** Called when this tab becomes the owner; the promise it returns holds the lock. */
  gained: () => void
  /** Called when another tab took the phone over. */
  lost: () => void
}

let release: (() => void) | null = null

/** Wait for the phone, or take it from the tab that has it. */
export async function claim(ownership: Ownership, steal = false): Promise<void> {
  if (!('locks' in navigator)) return ownership.gained()
  try {
    await navigator.locks.request(NAME, steal ? { steal: true } : {}, () => {
      ownership.gained()
      return new Promise<void>((resolve) => (release = resolve))
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') ownership.lost()
    else throw error
  }
}

export async function heldElsewhere(): Promise<boolean> {
  if (!('locks' in navigator)) return false
  const { held } = await navigator.locks.query()
  return (held ?? []).some((lock) => lock.name === NAME) && release === null
}

export function giveUp(): void {
  release?.()
  release = null
}
