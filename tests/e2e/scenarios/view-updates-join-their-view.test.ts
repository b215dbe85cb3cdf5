import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../harness/eventually.ts'
import { joinedViews, viewerViews } from '../harness/joined-view.ts'
import { click, openPharmacy } from '../harness/pharmacy.ts'
import { everythingArrives, leaveWitnessed, startWitnessedStack } from '../harness/stack.ts'

/** The SDK looks at a view every 3 s and posts when 16 KiB are full; an update needs one batch before its own. */
const UPDATES_WITHIN_MS = 60_000

test('what the official SDK sends of a view in parts is passed on and joined in the store', async (t) => {
  const stack = await startWitnessedStack(t)
  const { datadog, collector } = stack
  const storeShowsWhatCame = (views: number): Promise<void> => eventually('the store shows each view as its parts add up', async () => {
    const joined = joinedViews(datadog.events())
    assert.equal(joined.length, views)
    assert.deepEqual(viewerViews(await collector.views()), joined)
  })
  const updates = (): number => datadog.events('view_update').length

  const page = await openPharmacy(stack, { proxy: 'function', viewUpdates: true })
  await eventually('the view has been updated twice', async () => {
    await click(page, 'throw', 'save', 'change')
    assert.ok(updates() >= 2, `${updates()} updates`)
  }, UPDATES_WITHIN_MS)
  await storeShowsWhatCame(1)

  // A view that a route change ends is told whole once more. What the page's own end brings is another part.
  await click(page, 'route')
  await leaveWitnessed(stack, page)
  await everythingArrives(stack)
  assert.equal(joinedViews(datadog.events()).filter(({ is_active }) => !is_active).length, 1)
  await storeShowsWhatCame(2)
})
