// The table of states and acts, read once: every word about a case comes from it.
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api/client'
import type { Act, Rules } from '@/api/types'
import { both } from '@/shared/language'

export const useRules = defineStore('rules', () => {
  const rules = ref<Rules | null>(null)
  let asking: Promise<void> | null = null

  function load(): Promise<void> {
    asking ??= api.get<Rules>('/acts').then((table) => void (rules.value = table)).catch((error) => {
      asking = null
      throw error
    })
    return asking
  }

  const typeName = (value: string): string => both(rules.value?.types.find((word) => word.value === value)) || value
  const urgencyName = (value: string): string => both(rules.value?.urgencies.find((word) => word.value === value)) || value
  const stepName = (value: string): string => both(rules.value?.steps.find((row) => row.step === value)) || value
  const stateName = (value: string): string => both(rules.value?.states.find((row) => row.state === value)) || value
  const stateRow = (value: string) => rules.value?.states.find((row) => row.state === value)
  const act = (name: string): Act | undefined => rules.value?.acts.find((row) => row.act === name)
  return { rules, load, typeName, urgencyName, stepName, stateName, stateRow, act }
})
