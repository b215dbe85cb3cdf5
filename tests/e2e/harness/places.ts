// Where the things under test lie; each may be moved by an environment variable.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

const dist = process.env['RUM_DIST'] ?? fromRoot('dist')

export const places = {
  collector: process.env['RUM_COLLECTOR'] ?? fromRoot('target/release/collector'),
  sdk: join(dist, 'sdk'),
  npm: join(dist, 'npm'),
  viewer: join(dist, 'viewer'),
  demo: fromRoot('demo-app'),
  builtDemo: join(dist, 'demo'),
  loader: fromRoot('js-loader/src'),
  pages: fromRoot('tests/e2e/pages'),
  packages: fromRoot('tests/node_modules'),
  goldenBatches: fromRoot('tests/fixtures/wire'),
  secrets: fromRoot('tests/fixtures/secrets'),
  replayCases: fromRoot('tests/fixtures/replay'),
  datadogBodies: fromRoot('tests/fixtures/datadog'),
  viewerBodies: fromRoot('tests/fixtures/viewer'),
} as const

interface Program { name: string; variable: string; known: readonly string[] }

const CHROMIUM: Program = {
  name: 'Chromium',
  variable: 'RUM_CHROMIUM',
  known: ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
}
const FIREFOX: Program = {
  name: 'Firefox',
  variable: 'RUM_FIREFOX',
  known: ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
}
const WEBKIT_DRIVER: Program = { name: 'WebKitWebDriver', variable: 'RUM_WEBKIT_DRIVER', known: ['/usr/bin/WebKitWebDriver'] }
const MINI_BROWSER: Program = { name: "WebKitGTK's MiniBrowser", variable: 'RUM_MINI_BROWSER', known: knownMiniBrowsers() }
const XVFB: Program = { name: 'Xvfb', variable: 'RUM_XVFB', known: ['/usr/bin/Xvfb'] }

export const findChromium = (): string => find(CHROMIUM)
export const findFirefox = (): string => find(FIREFOX)
export const findWebkit = (): { driver: string; miniBrowser: string; xvfb: string } => ({ driver: find(WEBKIT_DRIVER), miniBrowser: find(MINI_BROWSER), xvfb: find(XVFB) })

/** Why a program is missing, for tests that are left out without it. A wrong path in the environment is a mistake and no reason. */
export class NotInstalled extends Error {}

/** Why a program's tests are left out, or false. */
export function reasonIfMissing(findProgram: () => unknown): string | false {
  try {
    findProgram()
    return false
  } catch (fault) {
    if (fault instanceof NotInstalled) return fault.message
    throw fault
  }
}

function find({ name, variable, known }: Program): string {
  const chosen = process.env[variable]
  if (chosen !== undefined) {
    if (existsSync(chosen)) return chosen
    throw new Error(`${variable} names ${chosen}, which is not there`)
  }
  const found = known.find((path) => existsSync(path))
  if (found === undefined) throw new NotInstalled(`no ${name} was found; set ${variable} to its path`)
  return found
}

/** Debian keeps it among the library's own files, in the folder of the machine's architecture. */
function knownMiniBrowsers(): string[] {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.includes('-linux-gnu')) : []
  return folders.flatMap((folder) => ['webkit2gtk-4.1', 'webkitgtk-6.0'].map((library) => `/usr/lib/${folder}/${library}/MiniBrowser`))
}

export function requireBuilt(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing. Run "cargo xtask build" in the repository root.`)
  return path
}
