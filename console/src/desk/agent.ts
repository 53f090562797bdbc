// An agent's state always has a shape; the word comes from the messages.
export const AGENT_MARKS: Record<string, string> = { ready: '●', busy: '◆', ringing: '◇', reserved: '◇', wrap_up: '◐', paused: '‖', not_ready: '○', signed_out: '×' }
