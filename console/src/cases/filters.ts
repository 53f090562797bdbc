// The conditions of a list of cases, as they stand in the address: the API's own names, so an address is a filter.
import type { LocationQuery } from 'vue-router'

export const CONDITIONS = ['state', 'type', 'urgency', 'channel', 'division', 'unit', 'created_from', 'created_until', 'due_from', 'due_until', 'late', 'redone', 'confidential'] as const
export const FILTER = ['list', 'q', ...CONDITIONS] as const
export type Filter = Partial<Record<(typeof FILTER)[number], string>>

/** The filter in an address; `list=all` is no list at all. */
export function filterOf(query: LocationQuery): Filter {
  const found: Filter = {}
  for (const name of FILTER) {
    const value = query[name]
    if (typeof value === 'string' && value && !(name === 'list' && value === 'all')) found[name] = value
  }
  return found
}
