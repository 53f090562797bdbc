// What the form in hand says about the call, for whoever takes it over.
export interface About {
  /** The place as words: division and address. */
  place: string
  /** Matter and content. */
  summary: string
  case_id: string | null
  case_number: string | null
}

export const nothingKnown = (): About => ({ place: '', summary: '', case_id: null, case_number: null })
