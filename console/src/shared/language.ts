// The language in use, readable outside components (errors, formats).
import { reactive } from 'vue'

export type Language = 'zh-CN' | 'en'

function remembered(): Language {
  const kept = localStorage.getItem('hotline.language')
  if (kept === 'zh-CN' || kept === 'en') return kept
  return 'zh-CN'
}

export const shared = reactive<{ language: Language }>({ language: remembered() })

/** The words of a server row that carries both languages. */
export function both(row: { zh: string; en: string } | null | undefined): string {
  if (!row) return ''
  return shared.language === 'en' ? row.en || row.zh : row.zh
}
