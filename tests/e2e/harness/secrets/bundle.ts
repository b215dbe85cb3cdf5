// Modules of the SDK as a script for a page of its own, where the built SDK would be too much.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** The script of an entry in this folder; the seam to the engine leads to `engine-in-page.ts`. */
export async function scriptOf(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    define: { SDK_VERSION: '"0.0.0"' },
    plugins: [{ name: 'engine', setup: ({ onResolve }) => onResolve({ filter: /\/port-main\.ts$/ }, () => ({ path: here('engine-in-page.ts') })) }],
  })
  return outputFiles[0]!.text
}
