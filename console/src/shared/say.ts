// Short spoken answers at the top of the page. Anything the person must act on stays on the page instead.
import { ElMessage } from 'element-plus'
import { asProblem } from '@/api/client'

export function sayProblem(error: unknown): void {
  const problem = asProblem(error)
  const faults = problem.faults.map((fault) => `${fault.where}: ${problem.faultWords(fault)}`)
  ElMessage({ type: 'error', message: [problem.words, ...faults].join('；'), duration: 8000, showClose: true, customClass: 'said' })
}

export function sayDone(words: string): void {
  ElMessage({ type: 'success', message: words, duration: 3000, customClass: 'said' })
}

/** Something happened that nobody here did. */
export function sayNews(words: string): void {
  ElMessage({ type: 'warning', message: words, duration: 8000, showClose: true, customClass: 'said' })
}
