// Modules of the SDK as a script for a page of its own, where the built SDK would be too much.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** The script of an entry in this folder. */
export async function scriptOf(entry: string): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(entry, import.meta.url))]
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'iife', target: 'es2022' })
  return outputFiles[0]!.text
}
