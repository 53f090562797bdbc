// From a list into its rows and back: j and k on a case lead to the next and the one before, and whoever comes back to the
// list finds himself at the row he left.
import { shallowRef } from 'vue'

export const walk = shallowRef<{ ids: string[]; at: string }>({ ids: [], at: '' })

/** The list that is being worked through, and the row that was opened. */
export function walkFrom(ids: string[], at: string): void {
  walk.value = { ids, at }
}

/** The neighbour of a row in that list; undefined at its ends, or when it came from elsewhere. */
export function neighbour(id: string, step: 1 | -1): string | undefined {
  const at = walk.value.ids.indexOf(id)
  return at < 0 ? undefined : walk.value.ids[at + step]
}
