import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { claimsApi } from './server/claims-api.ts'
import { rumSettings } from './server/rum-settings.ts'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

// An alias, not a dependency: `npm ci` must work before the SDK is built.
const sdkEntry = fromHere('../dist/npm/index.js')
if (!existsSync(sdkEntry)) {
  throw new Error(`The SDK is not built yet: ${sdkEntry} is missing. Run "cargo xtask build" in the repository root.`)
}

export default defineConfig(({ isPreview }) => ({
  // Preview: rum-settings.ts answers the routes, so that a missing file is a 404 and not the start page.
  appType: isPreview ? 'mpa' : 'spa',
  plugins: [react(), claimsApi(), rumSettings({ builtIndex: fromHere('../dist/demo/index.html') })],
  resolve: { alias: { 'rum-wasm': sdkEntry } },
  // The SDK lies outside this folder; Vite serves nothing outside unless told.
  server: { fs: { allow: ['.', '../dist/npm'] } },
  // The SDK finds its wasm next to its own file; pre-bundling would move the file.
  optimizeDeps: { exclude: ['rum-wasm'] },
  build: { outDir: '../dist/demo', emptyOutDir: true },
}))
