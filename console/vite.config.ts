import { fileURLToPath, URL } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The front door (Caddy) serves dist/ under /console/. In development Vite stands
// in front of a running instance: HOTLINE_ORIGIN says which.
const origin = process.env.HOTLINE_ORIGIN ?? 'http://127.0.0.1:8000'
const behind = { target: origin, changeOrigin: false }

export default defineConfig({
  base: '/console/',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'es2022',
    // A strict content policy refuses data: scripts and fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      output: { manualChunks: { jssip: ['jssip'], vue: ['vue', 'vue-router', 'pinia', 'vue-i18n'] } },
    },
  },
  server: {
    proxy: {
      '/api': behind,
      '/live': behind,
      '/ws': { ...behind, ws: true },
    },
  },
})
