// Servers and a Chromium that hides tabs and restores pages as a visitor's does.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from './eventually.ts'
import type { RumEvent } from './fake-datadog.ts'
import { RawChromium, type RawTab } from './raw-chromium.ts'
import { type Servers, startServers } from './stack.ts'
import { type Causes, parseReference, type Vitals } from './vitals.ts'

export interface Place extends Servers { chromium: RawChromium }

export async function start(t: TestContext, moreFlags: readonly string[] = []): Promise<Place> {
  const servers = await startServers(t)
  const chromium = await RawChromium.start(moreFlags)
  servers.teardown.add(() => chromium.stop())
  return { ...servers, chromium }
}

export async function coreRuns(tab: RawTab): Promise<void> {
  await eventually('the SDK core runs', async () => assert.ok(await tab.evaluate("localStorage.getItem('rum_session') !== null")))
}

export async function isSettled(tab: RawTab): Promise<void> {
  await eventually('the page has settled', async () => assert.equal(await tab.evaluate('document.documentElement.dataset.settled'), 'yes'))
}

export async function becomes(tab: RawTab, state: 'visible' | 'hidden'): Promise<void> {
  await eventually(`the tab is ${state}`, async () => assert.equal(await tab.evaluate('document.visibilityState'), state))
}

/** What web-vitals said of each visit of a tab, and what it said that was due to. */
export interface Reference { visits: Vitals[]; causes: Causes[] }

export async function readReference(tab: RawTab): Promise<Reference> {
  const stored = (key: string): Promise<string | null> => tab.evaluate(`sessionStorage.getItem('${key}')`)
  return { visits: parseReference(await stored('web-vitals')), causes: JSON.parse((await stored('web-vitals-causes')) ?? '[{}]') as Causes[] }
}

/** Follows a link to a page without SDK and reads there what web-vitals said. */
export async function leave({ site }: Place, tab: RawTab): Promise<Reference> {
  await tab.goTo(`${site.origin}/left.html`)
  return eventually('the next page is there', async () => {
    assert.equal(await tab.evaluate('location.pathname'), '/left.html')
    return readReference(tab)
  })
}

export function endedViews({ datadog }: Place, count: number): Promise<RumEvent[]> {
  return eventually(`${count} views are over`, () => {
    const views = datadog.views()
    assert.deepEqual(views.map(({ view }) => view['is_active']), Array(count).fill(false))
    return views
  })
}
