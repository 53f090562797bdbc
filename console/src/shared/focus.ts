// A dialog that has opened puts the cursor where the work begins, unless the person is already somewhere in it.
export function focusIn(dialog: string, wanted: string): void {
  if (document.activeElement?.matches(`${dialog} input, ${dialog} textarea`)) return
  document.querySelector<HTMLElement>(wanted.split(',').map((one) => `${dialog} ${one.trim()}`).join(','))?.focus()
}
