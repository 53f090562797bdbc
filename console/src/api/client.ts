// One way to the server: same origin, session cookie, CSRF header, problem+json in words.
import { shared } from '@/shared/language'

export interface Fault { where: string; zh: string; en: string }

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly faults: Fault[] = [],
  ) {
    super(shared.language === 'en' ? en : zh)
  }

  get words(): string {
    return shared.language === 'en' ? this.en : this.zh
  }

  faultWords(fault: Fault): string {
    return shared.language === 'en' ? fault.en : fault.zh
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const words = error instanceof Error ? error.message : String(error)
  return new Problem(0, 'console', words, words)
}

/** The token of the session, as the server told it with who is signed in. */
let csrf = ''
let owner = ''
export function setCsrf(me: { id: string; csrf_token: string } | null): void {
  csrf = me?.csrf_token ?? ''
  owner = me?.id ?? ''
}

let onSignedOut: (why: Problem) => void = () => undefined
/** What to do when the server says the session has ended. */
export function whenSignedOut(act: (why: Problem) => void): void {
  onSignedOut = act
}

/** Signing in in another tab draws a new token; true when it was taken: it is the same person's, or nobody was signed in here. */
async function renewed(): Promise<boolean> {
  const response = await fetch('/api/v1/session', { credentials: 'same-origin' }).catch(() => null)
  const me = response?.ok ? await response.json() : null
  if (!me || (owner && me.id !== owner)) return false
  setCsrf(me)
  return true
}

/** For streams, which cannot see why they were refused: ask once, and act on it if the session has ended. */
export async function checkSession(): Promise<void> {
  const response = await fetch('/api/v1/session', { credentials: 'same-origin' }).catch(() => null)
  if (response?.status === 401) onSignedOut(await problemOf(response))
}

async function problemOf(response: Response): Promise<Problem> {
  const said = await response.json().catch(() => null)
  if (said && typeof said.title === 'string') {
    return new Problem(response.status, said.type ?? '', said.title, said.title_en ?? said.title, said.faults ?? [])
  }
  return new Problem(
    response.status,
    'http',
    `服务器没有正常回答（${response.status}），请稍后再试`,
    `The server did not answer properly (${response.status}); try again shortly`,
  )
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function ask<T>(
  method: Method, path: string, body?: unknown, more: Record<string, string> = {}, again = false,
): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...more }
  if (method !== 'GET') headers['X-CSRFToken'] = csrf
  const raw = body instanceof Blob
  if (body !== undefined) headers['Content-Type'] = raw ? body.type : 'application/json'
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      credentials: 'same-origin',
      body: raw ? body : body === undefined ? undefined : JSON.stringify(body),
    })
  } catch {
    throw new Problem(0, 'network', '连不上服务器，您输入的内容还在，请检查网络后再试', 'The server cannot be reached; what you typed is kept. Check the network and try again')
  }
  if (!response.ok) {
    const problem = await problemOf(response)
    if (problem.code === 'csrf' && !again && (await renewed())) return ask<T>(method, path, body, more, true)
    if (response.status === 401 && path !== '/session') onSignedOut(problem)
    throw problem
  }
  if (response.status === 204) return undefined as T
  if (/^(audio\/|application\/pdf)/.test(response.headers.get('Content-Type') ?? '')) return (await response.arrayBuffer()) as T
  if (response.headers.get('Content-Type')?.startsWith('text/csv')) return (await response.blob()) as T
  return (await response.json()) as T
}

/** Send one file, telling how much of it has gone (0 to 1). */
async function send<T>(path: string, file: File, told: (part: number) => void, again = false): Promise<T> {
  const form = new FormData()
  form.append('file', file)
  const response = await new Promise<Response>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/v1${path}`)
    request.setRequestHeader('X-CSRFToken', csrf)
    request.setRequestHeader('Accept', 'application/json')
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total)
    request.onload = () => resolve(new Response(request.responseText, { status: request.status }))
    request.onerror = () => reject(new Problem(0, 'network', '连不上服务器，文件没有传上去，请检查网络后再试', 'The server cannot be reached; the file was not sent. Check the network and try again'))
    request.send(form)
  })
  if (response.ok) return (await response.json()) as T
  const problem = await problemOf(response)
  if (problem.code === 'csrf' && !again && (await renewed())) return send<T>(path, file, told, true)
  if (response.status === 401) onSignedOut(problem)
  throw problem
}

type Query = Record<string, string | number | undefined | null>
/** A path with its query; empty values are left out. */
export function withQuery(path: string, query: Query): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  if (!parts.length) return path
  return `${path}?${new URLSearchParams(parts.map(([key, value]) => [key, String(value)]))}`
}

export const api = {
  get: <T>(path: string, query: Query = {}) => ask<T>('GET', withQuery(path, query)),
  post: <T>(path: string, body: unknown = {}, headers: Record<string, string> = {}) => ask<T>('POST', path, body, headers),
  put: <T>(path: string, body: unknown) => ask<T>('PUT', path, body),
  patch: <T>(path: string, body: unknown) => ask<T>('PATCH', path, body),
  send,
  remove: <T>(path: string) => ask<T>('DELETE', path),
}
