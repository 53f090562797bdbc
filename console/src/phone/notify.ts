// A ring that is seen although another tab or program is in front: title, icon of the tab, the system's notification.
const ICON = 'link[rel="icon"]'
const RINGING = '/console/mark-ringing.svg'
const FLASH_MS = 1000

let timer: number | null = null
let shown: Notification | null = null
let before = { title: '', icon: '' }

const icon = (): HTMLLinkElement | null => document.querySelector<HTMLLinkElement>(ICON)

export const mayNotify = (): NotificationPermission | 'unsupported' => ('Notification' in window ? Notification.permission : 'unsupported')
export const askToNotify = (): Promise<NotificationPermission> => Notification.requestPermission()

export function startNotice(title: string, words: string): void {
  stopNotice()
  before = { title: document.title, icon: icon()?.href ?? '' }
  icon()?.setAttribute('href', RINGING)
  let on = false
  const flash = (): void => {
    on = !on
    document.title = on ? `☎ ${title} ${words}` : before.title
  }
  flash()
  timer = window.setInterval(flash, FLASH_MS)
  if (document.visibilityState === 'hidden' && mayNotify() === 'granted') {
    shown = new Notification(title, { body: words, tag: 'hotline-ring', requireInteraction: true })
    shown.onclick = () => {
      window.focus()
      shown?.close()
    }
  }
}

/** False when nothing rang. The title is whoever's page it is, and is set anew by it. */
export function stopNotice(): boolean {
  if (timer === null) return false
  window.clearInterval(timer)
  timer = null
  if (before.icon) icon()?.setAttribute('href', before.icon)
  shown?.close()
  shown = null
  return true
}
