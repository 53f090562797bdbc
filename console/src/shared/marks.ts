// What marks a call, in words: some marks carry to whom, after a colon.
type Say = (key: string, blanks?: Record<string, unknown>) => string

export function saidOfMark(t: Say, te: (key: string) => boolean, mark: string): string {
  if (te(`mark.${mark}`)) return t(`mark.${mark}`)
  const [name = '', ...rest] = mark.split(':')
  const last = rest.at(-1) ?? ''
  const to = last === 'agent' ? t('mark.colleague') : te(`dial.for.${last}`) ? t(`dial.for.${last}`) : last
  return te(`mark.to.${name}`) ? t(`mark.to.${name}`, { to }) : mark
}
