// The page's side of these tests as one script.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export async function tapScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    keepNames: false,
    define: { SDK_VERSION: '"0.0.0"' },
  })
  return outputFiles[0]!.text
}
