// Everything a test needs, started in one call and stopped at the test's end: host site, CDN, fake Datadog
// intake, collector, Chromium.

import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from './chromium-flags.ts'
import { APPLICATION_ID, Collector, DATADOG_TOKEN, PUBLIC_TOKEN } from './collector.ts'
import { eventually } from './eventually.ts'
import { FakeDatadog } from './fake-datadog.ts'
import { assertArrived, type Change, readSent, scrubbed, withoutRepeats } from './official-sdk.ts'
import { findChromium } from './places.ts'
import { Cdn, HostSite, type PageContext } from './site.ts'
import { Teardown } from './teardown.ts'
import { isBeacon, Witness } from './witness.ts'

export interface Servers { site: HostSite; cdn: Cdn; datadog: FakeDatadog; collector: Collector; teardown: Teardown }

export interface StackOptions { otherOrigins?: readonly string[]; appToken?: string | null }

export interface Stack extends Servers { browser: Browser }

/** The servers alone, for tests that need no browser or bring their own. */
export async function startServers(t: TestContext, { otherOrigins = [], appToken = PUBLIC_TOKEN }: StackOptions = {}): Promise<Servers> {
  const teardown = new Teardown(t)
  const datadog = await FakeDatadog.start(DATADOG_TOKEN)
  // Added first, so judged last: what the collector delivers while it stops counts, too.
  teardown.add(() => assert.deepEqual(datadog.unexpected, [], 'what the Datadog intake would not have taken'))
  teardown.add(() => datadog.stop())
  const [site, cdn] = [new HostSite(), new Cdn()]
  for (const server of [site, cdn]) {
    await server.start()
    teardown.add(() => server.stop())
  }
  const collector = await Collector.start({ datadogUrl: datadog.url, allowedOrigins: [site.origin, ...otherOrigins], appToken })
  teardown.add(() => collector.remove())
  site.context = pageContext(cdn, collector.intakeUrl)
  return { site, cdn, datadog, collector, teardown }
}

export async function startStack(t: TestContext, options: StackOptions = {}): Promise<Stack> {
  const servers = await startServers(t, options)
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  servers.teardown.add(() => browser.close())
  return { ...servers, browser }
}

export interface WitnessedStack extends Stack { witness: Witness }

/** As `startStack`, with a witness on the way from page to collector. */
export async function startWitnessedStack(t: TestContext): Promise<WitnessedStack> {
  const stack = await startStack(t)
  const witness = await Witness.before(stack.collector.intakeUrl)
  stack.teardown.add(() => witness.stop())
  stack.site.context = pageContext(stack.cdn, witness.url)
  return { ...stack, witness }
}

/** Opens a page of the host site and waits until the SDK's core runs in it. */
export async function openPage(stack: Stack, path: string): Promise<Page> {
  const page = await stack.browser.newPage()
  await page.goto(`${stack.site.origin}${path}`)
  await coreRuns(page)
  return page
}

/** A page of Playwright's or a tab of harness/browsers. */
interface Asked { evaluate(inPage: () => boolean): Promise<boolean> }

/** The core has no public "ready"; the last thing it does when it starts is to store the session. */
export async function coreRuns(page: Asked): Promise<void> {
  await eventually('the SDK core runs', async () => {
    assert.ok(await page.evaluate(() => localStorage.getItem('rum_session') !== null), 'no session is stored')
  })
}

/** Leaves the page as a visitor does who follows a link. */
export async function leave(stack: Stack, page: Page): Promise<void> {
  await page.goto(`${stack.site.origin}/left.html`)
}

/** Leaves, and waits until what the official SDK tells at the end has come. */
export async function leaveWitnessed(stack: WitnessedStack, page: Page): Promise<void> {
  const beacons = (): number => stack.witness.acknowledged().filter(isBeacon).length
  const before = beacons()
  await leave(stack, page)
  await eventually('the end of the visit has been told', () => assert.ok(beacons() > before))
}

/** Whatever the collector acknowledged is at Datadog: each thing once, and saying what it said. */
export async function everythingArrives({ datadog, witness }: Pick<WitnessedStack, 'datadog' | 'witness'>, { change = scrubbed, within_ms }: { change?: Change; within_ms?: number } = {}): Promise<void> {
  await eventually('everything has arrived', () => {
    // What was refused cannot arrive; the reason says more than the number that is missing.
    assert.deepEqual(datadog.unexpected, [])
    assertArrived(datadog.everything(), withoutRepeats(readSent(witness.acknowledged())), change)
  }, within_ms)
}

function pageContext(cdn: Cdn, collectorUrl: string): PageContext {
  return { cdn: cdn.origin, endpoint: `${collectorUrl}/shop`, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
}
