// A visit of pages/pharmacy.html, where the official RUM, replay and logs SDKs run.

import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { eventually } from './eventually.ts'
import type { HostSite } from './site.ts'

export interface Setting {
  proxy: 'string' | 'function'
  compress?: boolean
  viewUpdates?: boolean
  /** Claims in the table. */
  rows?: number
  /** What has to be there before the page. */
  prepare?: (context: BrowserContext) => Promise<void>
}

/** Opens the page in a profile of its own and waits until all three SDKs do their work. */
export async function openPharmacy({ browser, site }: { browser: Browser; site: HostSite }, { proxy, compress = false, viewUpdates = false, rows = 50, prepare }: Setting): Promise<Page> {
  const context = await browser.newContext()
  await prepare?.(context)
  const page = await context.newPage()
  const deflater = page.waitForEvent('worker')
  await page.goto(`${site.origin}/pharmacy.html?proxy=${proxy}&compress=${compress}&viewUpdates=${viewUpdates}&rows=${rows}`)
  // Replay and compression need the SDK's worker: a page left before it runs loses them, which is the official SDK's affair.
  await (await deflater).evaluate(() => true)
  await eventually('replay is recorded', async () => assert.doesNotMatch(await replayLink(page), /error-type/))
  return page
}

/** The one thing the SDK tells about its recorder: the link names what is missing. */
function replayLink(page: Page): Promise<string> {
  return page.evaluate(() => (window as unknown as { DD_RUM: { getSessionReplayLink(): string | undefined } }).DD_RUM.getSessionReplayLink() ?? 'error-type=none')
}

export async function click(page: Page, ...buttons: ('save' | 'throw' | 'log' | 'change' | 'route')[]): Promise<void> {
  for (const button of buttons) await page.click(`#${button}`)
}
