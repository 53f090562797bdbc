import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'

type Theme = 'light' | 'dark'

/** Light or dark, remembered; the system's wish until the person says otherwise. */
export const useLook = defineStore('look', () => {
  const kept = localStorage.getItem('hotline.theme')
  const system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  const theme = ref<Theme>(kept === 'dark' || kept === 'light' ? kept : system)
  watchEffect(() => document.documentElement.classList.toggle('dark', theme.value === 'dark'))
  function turn(): void {
    theme.value = theme.value === 'dark' ? 'light' : 'dark'
    localStorage.setItem('hotline.theme', theme.value)
  }
  return { theme, turn }
})
