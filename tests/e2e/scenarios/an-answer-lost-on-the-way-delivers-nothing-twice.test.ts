import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APP_NAME } from '../harness/collector.ts'
import { eventually } from '../harness/eventually.ts'
import { ALL_TRACKS, forwarded, readSent } from '../harness/official-sdk.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { everythingArrives, leaveWitnessed, startWitnessedStack } from '../harness/stack.ts'
import type { Seen } from '../harness/witness.ts'

/** The SDK tries again after a second; logs are posted when 16 KiB are full. */
const REPEATED_WITHIN_MS = 60_000

test('what the official SDK sends again, because the answer was lost, is delivered once', async (t) => {
  const stack = await startWitnessedStack(t)
  const { witness, collector } = stack
  const page = await openPharmacy(stack, { proxy: 'string' })
  const repeatsOf = (track: string): Seen[] => {
    const posts = witness.acknowledged().filter((post) => forwarded(post).pathname === track)
    return posts.filter((post, index) => posts.slice(0, index).some((earlier) => sameContent(post, earlier)))
  }
  // The collector keeps everything, but the page hears of a gateway that gave up.
  witness.answerInstead = 504
  await eventually('each track has been sent twice', async () => {
    await click(page, 'log', 'save', 'change')
    for (const track of ALL_TRACKS) assert.ok(repeatsOf(track).length > 0, `${track} has come once only`)
  }, REPEATED_WITHIN_MS)
  witness.answerInstead = undefined
  await leaveWitnessed(stack, page)
  await everythingArrives(stack)
  const counted = await collector.metrics()
  for (const path of ALL_TRACKS) {
    const track = path.slice(path.lastIndexOf('/') + 1)
    assert.equal(counted.get(`collector_outcomes_total{app="${APP_NAME}",door="datadog",outcome="repeated",sink="none",track="${track}"}`), repeatsOf(path).length, track)
  }
})

/** A form sent again has another boundary. */
function sameContent(one: Seen, other: Seen): boolean {
  return JSON.stringify(readSent([one])) === JSON.stringify(readSent([other]))
}
