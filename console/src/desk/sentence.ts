// Who hears whom, as one sentence: what a screen reader says when it changes, and what stands beside the third party.
import type { DeskCall, OtherParty } from '@/api/types'

type Say = (key: string, blanks?: Record<string, unknown>) => string

/** The third by number and name; colleagues by name. */
export function otherName(other: OtherParty): string {
  const number = other.kind === 'agent' ? '' : (other.to.split(':').pop() ?? '')
  return other.name.includes(number) ? other.name : `${number} ${other.name}`
}

export function saySentence(t: Say, call: DeskCall): string {
  const other = call.other ? otherName(call.other) : ''
  switch (call.state) {
    case 'consulting':
      if (call.other?.state !== 'up') return t('said.calling', { other })
      return t(call.talking_to === 'caller' ? 'said.withCaller' : 'said.withOther', { other })
    case 'conference':
      return t(call.other?.state === 'up' ? 'said.together' : 'said.joining', { other })
    case 'ringing':
      return t('said.ringing', { number: call.number, name: call.number_name })
    case 'dialling':
      return t('said.dialling', { caller: call.caller_masked })
    case 'awaiting':
      return t(call.other ? 'said.awaitingBoth' : 'said.awaiting', { other })
    default:
      return t(`said.${call.state}`)
  }
}
