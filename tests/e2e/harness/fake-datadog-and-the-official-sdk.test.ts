// The fake and the real SDK have to agree with nothing of ours between them: else a test through the collector
// would prove the fake and not the collector.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from './chromium-flags.ts'
import { APPLICATION_ID, PUBLIC_TOKEN } from './collector.ts'
import { eventually } from './eventually.ts'
import { FakeDatadog } from './fake-datadog.ts'
import { ask } from './http-request.ts'
import { ALL_TRACKS, forwarded, tracksOf } from './official-sdk.ts'
import { click, openPharmacy, type Setting } from './pharmacy.ts'
import { findChromium } from './places.ts'
import { HostSite } from './site.ts'
import { everythingArrives } from './stack.ts'
import { Teardown } from './teardown.ts'
import { Witness } from './witness.ts'

const settings: Setting[] = [
  { proxy: 'string', compress: false },
  { proxy: 'function', compress: true, viewUpdates: true },
]

for (const setting of settings) {
  test(`the fake takes what the official SDK sends (${JSON.stringify(setting)})`, async (t) => {
    const teardown = new Teardown(t)
    const datadog = await FakeDatadog.start(PUBLIC_TOKEN)
    teardown.add(() => datadog.stop())
    // What Datadog's documentation asks of a proxy, and no more: who asked, what the body is, every parameter.
    const proxy = await Witness.start(async (request) => {
      const { pathname, search } = forwarded({ ...request, status: 0 })
      const { 'content-type': contentType, 'user-agent': userAgent } = request.headers
      const headers = { 'content-type': contentType, 'user-agent': userAgent, 'x-forwarded-for': '203.0.113.7' }
      const answer = await ask(new URL(pathname + search, datadog.url), request.method, headers, request.body)
      return { ...answer, headers: { 'access-control-allow-origin': '*' } }
    })
    teardown.add(() => proxy.stop())
    const site = new HostSite()
    await site.start()
    teardown.add(() => site.stop())
    site.context = { cdn: site.origin, endpoint: `${proxy.url}/shop`, applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN }
    const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
    teardown.add(() => browser.close())

    const page = await openPharmacy({ browser, site }, setting)
    await click(page, 'save', 'log', 'throw', 'change', 'route', 'change', 'log')
    await page.goto(`${site.origin}/left.html`)
    await eventually('all three tracks have come', () => assert.deepEqual(tracksOf(proxy.seen), ALL_TRACKS))
    await everythingArrives({ datadog, witness: proxy }, { change: (item) => item })
    assert.equal(datadog.taken.some(({ parameters }) => parameters.has('dd-evp-encoding')), setting.compress)
  })
}
