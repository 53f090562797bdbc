import { createPinia } from 'pinia'
import { createApp } from 'vue'
import 'element-plus/dist/index.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import '@/styles/base.css'
import '@/styles/tokens.css'
import App from '@/App.vue'
import { i18n } from '@/i18n'
import { router } from '@/router'
import { watchUnattended } from '@/shared/unattended'

createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')
watchUnattended()
