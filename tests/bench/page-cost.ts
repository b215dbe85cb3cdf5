// What a page costs the browser's main thread and memory, from the browser's own counters.

import type { CDPSession, Page } from 'playwright-core'
import type { Bench, Variant } from './sdk.ts'

/** Long enough for the core to be fetched, compiled and started. */
const SETTLE_MS = 1_500
const EVENTS = 40

interface Metrics { ScriptDuration: number; TaskDuration: number; JSHeapUsedSize: number }

/** Loads the page in a context of its own: nothing cached, nothing stored. */
export async function withPage<T>({ browser, site }: Bench, variant: Variant, use: (page: Page, cdp: CDPSession) => Promise<T>): Promise<T> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
    await page.goto(`${site.origin}/session-${variant}.html`, { waitUntil: 'load' })
    await page.waitForTimeout(SETTLE_MS)
    return await use(page, cdp)
  } finally {
    await context.close()
  }
}

/** Of a page load until the SDK runs. */
export function measureStart(bench: Bench, variant: Variant): Promise<Record<string, number>> {
  return withPage(bench, variant, async (page, cdp) => {
    const { ScriptDuration, TaskDuration } = await metrics(cdp)
    await cdp.send('HeapProfiler.collectGarbage')
    const { JSHeapUsedSize } = await metrics(cdp)
    const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN)
    return {
      'start: script, ms': ScriptDuration * 1_000,
      'start: main thread, ms': TaskDuration * 1_000,
      'start: JS heap, KiB': JSHeapUsedSize / 1_024,
      'first contentful paint, ms': paint,
    }
  })
}

/** Of one click, one fetch, one error: the main thread's time over many, divided. */
export function measureEvents(bench: Bench, variant: Variant): Promise<Record<string, number>> {
  return withPage(bench, variant, async (page, cdp) => {
    const costs: Record<string, number> = {}
    for (const [name, id] of [['click', 'refill'], ['click and fetch', 'load'], ['click and error', 'throw']]) {
      const before = await metrics(cdp)
      for (let count = 0; count < EVENTS; count++) await page.click(`#${id}`, { noWaitAfter: true })
      await page.waitForTimeout(200)
      const after = await metrics(cdp)
      costs[`a ${name}: main thread, ms`] = ((after.TaskDuration - before.TaskDuration) * 1_000) / EVENTS
      costs[`a ${name}: script, ms`] = ((after.ScriptDuration - before.ScriptDuration) * 1_000) / EVENTS
    }
    return costs
  })
}

async function metrics(cdp: CDPSession): Promise<Metrics> {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value])) as unknown as Metrics
}
