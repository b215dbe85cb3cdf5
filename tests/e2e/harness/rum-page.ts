// A page with nothing but the loader, started by a call: for tests of options.

import type { BrowserContext, Page } from 'playwright-core'
import type { Rum } from '../../../dist/npm/index.js'
import { APPLICATION_ID, PUBLIC_TOKEN } from './collector.ts'
import { eventually } from './eventually.ts'
import type { Stack } from './stack.ts'

export type WindowWithRum = Window & { RUM: Rum; widget: Rum }

/** Opens it, in a context if one is given, on the site's own origin or another that leads there. */
export async function openRumPage(stack: Stack, options: Record<string, unknown> = {}, { context, origin = stack.site.origin }: { context?: BrowserContext; origin?: string } = {}): Promise<Page> {
  const page = await (context ?? stack.browser).newPage()
  await page.goto(`${origin}/bare.html`)
  await page.addScriptTag({ url: `${stack.cdn.origin}/rum.js` })
  await page.evaluate((given) => (window as unknown as WindowWithRum).RUM.init(given as never), {
    applicationId: APPLICATION_ID,
    clientToken: PUBLIC_TOKEN,
    endpoint: stack.site.context?.endpoint,
    ...options,
  })
  return page
}

/** Waits until the core runs; it knows of a session then. */
export async function rumRuns(page: Page): Promise<string> {
  return eventually('the core runs', async () => {
    const session = await sessionOf(page)
    if (session === undefined) throw new Error('it knows no session')
    return session
  })
}

export function sessionOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => (window as unknown as WindowWithRum).RUM.getInternalContext()?.session_id)
}

/** Somebody acts in the page. */
export async function act(page: Page): Promise<void> {
  await page.bringToFront()
  await page.click('h1')
}

/** All a page can keep. */
export async function keptBy(page: Page): Promise<unknown> {
  const kept = await page.evaluate(async () => ({
    local: Object.keys(localStorage),
    tab: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).map(({ name }) => name),
  }))
  return { ...kept, cookies: (await page.context().cookies()).map(({ name }) => name) }
}
