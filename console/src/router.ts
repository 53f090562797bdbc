import { watch } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { whenSignedOut } from '@/api/client'
import { i18n } from '@/i18n'
import { shared } from '@/shared/language'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the page's title. */
    title: string
    /** The right without which the page is neither shown nor listed. */
    right?: string
    /** No shell around it: the sign-in page, a board on a wall. */
    bare?: boolean
    /** Reachable without a session. */
    open?: boolean
  }
}

/** Pages of the menu, in its order. */
export const pages = [
  { path: '/desk', name: 'desk', right: 'desk.work', component: () => import('@/pages/DeskPage.vue') },
  { path: '/cases', name: 'cases', right: 'case.list', component: () => import('@/pages/CasesPage.vue') },
  { path: '/alerts', name: 'alerts', right: 'alert.read', component: () => import('@/pages/AlertsPage.vue') },
  { path: '/verdicts', name: 'verdicts', right: 'case.verdicts', component: () => import('@/pages/VerdictsPage.vue') },
  { path: '/exports', name: 'exports', right: 'export.read', component: () => import('@/pages/ExportsPage.vue') },
  { path: '/calls', name: 'calls', right: 'calls.read', component: () => import('@/pages/CallsPage.vue') },
  { path: '/restrictions', name: 'restrictions', right: 'restriction.read', component: () => import('@/pages/RestrictionsPage.vue') },
  { path: '/callbacks', name: 'callbacks', right: 'callback.read', component: () => import('@/pages/CallbacksPage.vue') },
  { path: '/board', name: 'board', right: 'board.read', component: () => import('@/pages/BoardPage.vue') },
  { path: '/floor', name: 'floor', right: 'desk.supervise', component: () => import('@/pages/FloorPage.vue') },
  { path: '/roster', name: 'roster', right: 'roster.read', component: () => import('@/pages/RosterPage.vue') },
  { path: '/announcements', name: 'announcements', right: 'announcement.read', component: () => import('@/pages/AnnouncementsPage.vue') },
  { path: '/inbox', name: 'inbox', right: 'inbox.work', component: () => import('@/pages/InboxPage.vue') },
  { path: '/messages', name: 'messages', right: 'notice.read', component: () => import('@/pages/MessagesPage.vue') },
  { path: '/catalogue', name: 'catalogue', right: 'catalogue.read', component: () => import('@/pages/CataloguePage.vue') },
  { path: '/deputies', name: 'deputies', right: 'org.read', component: () => import('@/pages/DeputiesPage.vue') },
  { path: '/numbers', name: 'numbers', right: 'numbers.read', component: () => import('@/pages/NumbersPage.vue') },
  { path: '/letter-templates', name: 'letter-templates', right: 'letter.write', component: () => import('@/pages/LetterTemplatesPage.vue') },
  { path: '/staff', name: 'staff', right: 'staff.read', component: () => import('@/pages/StaffPage.vue') },
  { path: '/tokens', name: 'tokens', right: 'token.manage', component: () => import('@/pages/TokensPage.vue') },
  { path: '/audit', name: 'audit', right: 'audit.read', component: () => import('@/pages/AuditPage.vue') },
] as const

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'signIn', component: () => import('@/pages/SignInPage.vue'), meta: { title: 'page.signIn', open: true, bare: true } },
  { path: '/', name: 'home', component: () => import('@/pages/HomePage.vue'), meta: { title: 'page.home' } },
  ...pages.map(({ path, name, right, component }) => ({ path, name, component, meta: { title: `page.${name}`, right } })),
  { path: '/cases/:id', name: 'case', component: () => import('@/pages/CasePage.vue'), props: true, meta: { title: 'page.case', right: 'case.read' } },
  { path: '/calls/:id', name: 'call', component: () => import('@/pages/CallPage.vue'), props: true, meta: { title: 'player.page', right: 'calls.read' } },
  { path: '/password', name: 'password', component: () => import('@/pages/PasswordPage.vue'), meta: { title: 'page.password' } },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/pages/NowherePage.vue'), meta: { title: 'page.nowhere' } },
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes,
  scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const session = useSession()
  await session.load()
  if (!session.me && !to.meta.open) return { name: 'signIn', query: { to: to.fullPath } }
  if (session.me && to.name === 'signIn') return { name: 'home' }
  if (session.me?.must_change_password && to.name !== 'password') return { name: 'password' }
  if (to.meta.right && !session.may(to.meta.right)) return { name: 'home', query: { refused: to.fullPath } }
  return true
})

whenSignedOut((why) => {
  useSession().end(why)
  // Two requests may learn of it one after the other: the page to come back to is the one before the sign-in page.
  if (router.currentRoute.value.name === 'signIn') return
  void router.push({ name: 'signIn', query: { to: router.currentRoute.value.fullPath } })
})

/** The tab's title: the page, then the city and the product. */
export function titlePage(lead?: string): void {
  const { t } = i18n.global
  const session = useSession()
  const page = lead ?? t(router.currentRoute.value.meta.title)
  document.title = [page, session.city ? `${session.city} 12345` : '', t('product')].filter(Boolean).join(' · ')
}
router.afterEach(() => titlePage())
watch(() => shared.language, () => router.currentRoute.value.meta.title && titlePage(), { flush: 'post' })
