import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { APP_NAME } from '../harness/collector.ts'
import { pause } from '../harness/eventually.ts'
import type { FakeDatadog } from '../harness/fake-datadog.ts'
import { forwarded, readSent } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { everythingArrives, leaveWitnessed, startWitnessedStack } from '../harness/stack.ts'
import { isBeacon } from '../harness/witness.ts'

/** Each for a third of an outage of 30 s. */
const TROUBLES: ((datadog: FakeDatadog) => void | Promise<void>)[] = [
  (datadog) => { datadog.trouble = { status: 503 } },
  (datadog) => { datadog.trouble = { reset: true } },
  (datadog) => datadog.goDown(),
]
const TROUBLE_MS = 10_000
const BETWEEN_CLICKS_MS = 1_000
/** The collector's back-off may have grown to half a minute by the end of the outage. */
const RECOVERY_WITHIN_MS = 90_000

/** A third of the outage later than the other, so that one leaves while connections are cut, one while they are refused. */
const LEAVES_IN: Record<'string' | 'function', number> = { string: 1, function: 2 }

test('RUM, replay and logs of the official SDK, in both forms of its proxy option, outlive half a minute without Datadog', async (t) => {
  const stack = await startWitnessedStack(t)
  const { witness, datadog, collector } = stack
  const forms = ['string', 'function'] as const
  const pages = new Map<Page, number>()
  for (const form of forms) pages.set(await openPharmacy(stack, { proxy: form }), LEAVES_IN[form])

  for (const [third, begin] of TROUBLES.entries()) {
    await begin(datadog)
    const end_ms = performance.now() + TROUBLE_MS
    for (let round = 0; performance.now() < end_ms; round += 1) {
      for (const [page, leavesIn] of pages) {
        if (leavesIn < third) continue
        await click(page, 'save', 'log', 'change', round % 3 === 1 ? 'throw' : 'save', ...(round % 5 === 2 ? (['route'] as const) : []))
        if (leavesIn === third && round === 3) {
          await leaveWitnessed(stack, page)
          pages.delete(page)
        }
      }
      await pause(BETWEEN_CLICKS_MS)
    }
  }
  datadog.trouble = undefined
  await datadog.comeBack()

  assert.deepEqual(witness.posts().filter(({ status }) => status !== 202).map(({ path, status }) => `${status} ${path}`), [], 'refused by the collector')
  for (const form of forms) {
    const posts = witness.acknowledged().filter(({ path }) => path.includes('ddforward') === (form === 'string'))
    const sent = readSent(posts)
    t.diagnostic(`${form}: ${posts.length} posts, ${posts.filter(isBeacon).length} of them beacons: ${sent.events.length} events, ${sent.segments.length} segments, ${sent.logs.length} logs`)
    assert.ok(sent.events.length > 20 && sent.logs.length > 10 && sent.segments.length > 2, 'too little to prove anything')
    assert.ok(posts.some(isBeacon) && posts.some((post) => !isBeacon(post)), 'both of the ways the SDK sends')
  }
  const sent = readSent(witness.acknowledged())
  assert.ok(JSON.stringify(sent.events).includes('member=jane.roe') && JSON.stringify(sent.segments).includes('member=jane.roe'))
  await everythingArrives(stack, { within_ms: RECOVERY_WITHIN_MS })
  assert.ok(datadog.troubled > 0)

  await t.test('and the collector has counted each body once', async () => {
    const counted = await collector.metrics()
    for (const track of ['rum', 'replay', 'logs']) {
      const posts = witness.acknowledged().filter((post) => forwarded(post).pathname === `/api/v2/${track}`).length
      const count = (sink: string, outcome: string): number | undefined =>
        counted.get(`collector_outcomes_total{app="${APP_NAME}",door="datadog",outcome="${outcome}",sink="${sink}",track="${track}"}`)
      assert.deepEqual([count('none', 'accepted'), count('datadog', 'delivered')], [posts, posts], track)
    }
  })
})
