// A scenario is written once and run in each browser. All of a file share one browser of each kind; every
// scenario has servers of its own, so also an origin and storage of its own.

import { after, test, type TestContext } from 'node:test'
import { findChromium, findFirefox, findWebkit, reasonIfMissing } from '../places.ts'
import { coreRuns, type Servers, startServers } from '../stack.ts'
import type { BrowserName, RunningBrowser, Tab } from './browser.ts'
import { startChromium } from './chromium.ts'
import { startFirefox } from './firefox.ts'
import { startWebkit } from './webkit.ts'

export interface Place extends Servers { name: BrowserName; browser: RunningBrowser }

interface Engine { isMissing: string | false; start(): Promise<RunningBrowser> }

const ENGINES: Readonly<Record<BrowserName, Engine>> = {
  chromium: engine(findChromium, startChromium),
  firefox: engine(findFirefox, startFirefox),
  webkit: engine(findWebkit, startWebkit),
}

const running = new Map<BrowserName, Promise<RunningBrowser>>()

after(async () => {
  const stops = [...running.values()].map(async (browser) => (await browser).stop())
  for (const { reason } of (await Promise.allSettled(stops)).filter((stop) => stop.status === 'rejected')) throw reason
})

/** `cannot` gives, by browser, the reason why a scenario has nothing to say there. */
export function inEachBrowser(scenario: string, run: (place: Place, t: TestContext) => Promise<void>, cannot: Partial<Record<BrowserName, string>> = {}): void {
  for (const name of chosen()) {
    test(`${name}: ${scenario}`, { skip: cannot[name] ?? ENGINES[name].isMissing }, async (t) => {
      const servers = await startServers(t)
      if (!running.has(name)) running.set(name, ENGINES[name].start())
      const browser = await (running.get(name) as Promise<RunningBrowser>)
      await run({ ...servers, name, browser }, t)
    })
  }
}

/** Opens a page of the host site as a visitor who was never there, and waits until the SDK's core runs in it. */
export async function visit({ browser, site }: Place, path: string): Promise<Tab> {
  const tab = await openUnknown({ browser, site })
  await tab.goTo(`${site.origin}${path}`)
  await coreRuns(tab)
  return tab
}

/** A tab on a page without SDK, with nothing stored: WebKit's tabs are all of one visitor. */
export async function openUnknown({ browser, site }: Pick<Place, 'browser' | 'site'>): Promise<Tab> {
  const tab = await browser.open(`${site.origin}/left.html`)
  await tab.evaluate(() => {
    localStorage.clear()
    sessionStorage.clear()
  })
  return tab
}

/** Leaves the page as a visitor does who follows a link. */
export async function leaveTab({ site }: Pick<Place, 'site'>, tab: Tab): Promise<void> {
  await tab.goTo(`${site.origin}/left.html`)
}

function engine<Programs>(find: () => Programs, start: (programs: Programs) => Promise<RunningBrowser>): Engine {
  return { isMissing: reasonIfMissing(find), start: () => start(find()) }
}

/** `RUM_BROWSERS=firefox,webkit` narrows the run. */
function chosen(): BrowserName[] {
  const known = Object.keys(ENGINES) as BrowserName[]
  const asked = process.env['RUM_BROWSERS']?.split(',') ?? known
  const unknown = asked.filter((name) => !known.includes(name as BrowserName))
  if (unknown.length > 0) throw new Error(`RUM_BROWSERS knows ${known.join(', ')}, not ${unknown.join(', ')}`)
  return asked as BrowserName[]
}
