// A page in Chromium with the observers of replay in it, and what they tell.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from './chromium-flags.ts'
import { eventually } from './eventually.ts'
import type { PageTools, Recorded, Told } from './observers-page.ts'
import type { Policy } from '../../../js-loader/src/replay/privacy/level.ts'
import { findChromium, places } from './places.ts'

export type { Told } from './observers-page.ts'
export type RecordedWindow = typeof globalThis & PageTools & { recorded: Recorded }

export const OPEN: Policy = { fallback: 0, isLocked: false, isStrict: true }
export const STRICT: Policy = { fallback: 3, isLocked: false, isStrict: true }

const ORIGIN = 'http://page.test'

/** Files by URL: those of the page's own site by path. */
export type Files = Record<string, { body: string; type: string; headers?: Record<string, string> } | string>

export async function bundle(): Promise<string> {
  const { build } = createRequire(`${places.loader}/`)('esbuild') as { build(options: object): Promise<{ outputFiles: { text: string }[] }> }
  const entry = fileURLToPath(new URL('observers-page.ts', import.meta.url))
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', target: 'es2022' })
  return (outputFiles[0] as { text: string }).text
}

/** One browser for all of a test's pages. */
export async function startObservers(t: TestContext) {
  const [browser, code] = await Promise.all([chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS }), bundle()])
  t.after(() => browser.close())
  return async (html: string, { files = {}, policy = OPEN, before, within = 'start()' }: { files?: Files; policy?: Policy; before?: () => void; within?: string } = {}): Promise<ObservedPage> => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.route('**/*', (route) => {
      const url = route.request().url()
      const file = url === `${ORIGIN}/` ? { body: html, type: 'text/html' } : files[url.replace(ORIGIN, '')]
      if (file === undefined) return route.fulfill({ status: 404 })
      const { body, type, headers = {} } = typeof file === 'string' ? { body: file, type: 'text/css' } : { headers: {}, ...file }
      return route.fulfill({ body, contentType: `${type}; charset=utf-8`, headers })
    })
    await page.goto(`${ORIGIN}/`)
    await page.addScriptTag({ content: code })
    if (before) await page.evaluate(before)
    // In whose zone, say.
    await page.evaluate(`{ const start = () => { window.recorded = record(${JSON.stringify(policy)}) }; ${within} }`)
    return new ObservedPage(page, errors)
  }
}

export class ObservedPage {
  readonly page: Page
  readonly errors: string[]
  constructor(page: Page, errors: string[]) {
    this.page = page
    this.errors = errors
  }

  /** All that was told since it was asked the last time. */
  async take(): Promise<Told[]> {
    return this.page.evaluate(() => (window as unknown as RecordedWindow).recorded.take())
  }

  /** Waits until operations of that kind were told; answers all of them since it was asked the last time. */
  async told(op: number, count = 1): Promise<Told[]> {
    const all: Told[] = []
    return eventually(`${count} operations ${op} are told`, async () => {
      all.push(...(await this.take()))
      const found = all.filter((each) => each.op === op)
      if (found.length < count) throw new Error(`told: ${JSON.stringify(all.map((each) => [each.op, ...each.words]))}`)
      return found
    }, 5_000)
  }

  /** The number of the element a selector finds. */
  async id(selector: string): Promise<number> {
    return this.page.evaluate((text) => (window as unknown as RecordedWindow).recorded.ids.of(document.querySelector(text)), selector)
  }

  async faults(): Promise<string[]> {
    return this.page.evaluate(() => (window as unknown as RecordedWindow).recorded.faults)
  }
}
