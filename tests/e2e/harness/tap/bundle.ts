// The page's side of these tests as one script.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { places } from '../places.ts'

export async function tapScript(): Promise<string> {
  const { build } = createRequire(`${places.loader}/`)('esbuild') as { build(options: object): Promise<{ outputFiles: { text: string }[] }> }
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  })
  return (outputFiles[0] as { text: string }).text
}
