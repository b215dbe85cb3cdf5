// Where the things under test lie; each may be moved by an environment variable.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

const dist = process.env['RUM_DIST'] ?? fromRoot('dist')

export const places = {
  collector: process.env['RUM_COLLECTOR'] ?? fromRoot('target/release/collector'),
  sdk: join(dist, 'sdk'),
  npm: join(dist, 'npm'),
  demo: fromRoot('demo-app'),
  builtDemo: join(dist, 'demo'),
  loader: fromRoot('js-loader/src'),
  pages: fromRoot('tests/e2e/pages'),
  packages: fromRoot('tests/node_modules'),
  goldenBatches: fromRoot('tests/fixtures/wire'),
  datadogBodies: fromRoot('tests/fixtures/datadog'),
} as const

const KNOWN_BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

export function findChromium(): string {
  const candidates = process.env['RUM_CHROMIUM'] ? [process.env['RUM_CHROMIUM']] : KNOWN_BROWSERS
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`No Chromium at ${candidates.join(', ')}; set RUM_CHROMIUM to its path.`)
  return found
}

export function requireBuilt(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing. Run "cargo xtask build" in the repository root.`)
  return path
}
