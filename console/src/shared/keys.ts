// Letters as commands: not while somebody writes, and not under an open dialog.
import { onBeforeUnmount, onMounted } from 'vue'

const WRITING = 'input, textarea, select, [contenteditable="true"], [role="combobox"]'

/** Whether a key pressed now is a command. */
export function isCommand(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false
  if ((event.target as HTMLElement).matches?.(WRITING)) return false
  return !document.querySelector('.el-overlay:not([style*="display: none"])')
}

/** Have ``act`` called with every command key while the component is there; true: it was one of its own. */
export function useCommands(act: (key: string) => boolean): void {
  const heard = (event: KeyboardEvent) => {
    if (isCommand(event) && act(event.key)) event.preventDefault()
  }
  onMounted(() => window.addEventListener('keydown', heard))
  onBeforeUnmount(() => window.removeEventListener('keydown', heard))
}

/** A letter for each name, the first of its own that is still free; none of those with a meaning of their own. */
export function letters(names: string[], taken = 'jkuo'): Map<string, string> {
  const used = new Set(taken)
  const found = new Map<string, string>()
  for (const name of names) {
    const letter = [...name, ...'123456789'].find((one) => /[a-z1-9]/.test(one) && !used.has(one))
    if (!letter) continue
    used.add(letter)
    found.set(name, letter)
  }
  return found
}
