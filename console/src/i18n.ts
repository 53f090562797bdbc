import { createI18n } from 'vue-i18n'
import { watchEffect } from 'vue'
import { shared } from '@/shared/language'
import zh from '@/messages/zh-CN.json'
import en from '@/messages/en.json'

export const i18n = createI18n({
  legacy: false,
  locale: shared.language,
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
})

// The server's own words follow the console's language through Django's cookie.
watchEffect(() => {
  const language = shared.language
  i18n.global.locale.value = language
  document.documentElement.lang = language
  localStorage.setItem('hotline.language', language)
  document.cookie = `django_language=${language === 'en' ? 'en' : 'zh-hans'}; path=/; SameSite=Lax`
})
