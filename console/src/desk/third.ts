// Who else was in the call when this page last looked: a page that is loaded anew can still say what became of him.
import type { DeskCall, OtherParty } from '@/api/types'

const KEY = 'hotline.third'

export interface Third {
  id: string
  role: DeskCall['role']
  other: OtherParty
}

export function rememberThird({ id, role, other }: DeskCall): void {
  sessionStorage.setItem(KEY, JSON.stringify({ id, role, other }))
}

export function recallThird(): Third | null {
  const kept = sessionStorage.getItem(KEY)
  return kept ? (JSON.parse(kept) as Third) : null
}

export const forgetThird = (): void => sessionStorage.removeItem(KEY)
