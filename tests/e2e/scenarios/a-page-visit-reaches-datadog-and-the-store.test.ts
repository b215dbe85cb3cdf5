import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPLICATION_ID, DATADOG_TOKEN } from '../harness/collector.ts'
import { actionNames, assertNothingCameTwice, errorMessages, ofView, viewAt } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, leave, startStack } from '../harness/stack.ts'

test('load, clicks, errors, a route change and the leave arrive at Datadog and in the store', async (t) => {
  const stack = await startStack(t)
  const page = await stack.browser.newPage()
  const sentUrls: string[] = []
  page.on('request', (request) => sentUrls.push(request.url()))
  await page.goto(`${stack.site.origin}/claims.html?member=jane.roe#claims`)
  await coreRuns(page)
  const userAgent = await page.evaluate(() => navigator.userAgent)
  for (const button of ['save', 'patient', 'throw', 'reject', 'route', 'save']) await page.click(`#${button}`)
  await leave(stack, page)

  const { datadog } = stack
  await eventually('both views are over', () => {
    assert.deepEqual(datadog.views().map(({ view }) => view['is_active']), [false, false])
  })

  await t.test('each view has its own events and counts', () => {
    const list = viewAt(datadog, '/claims.html')
    const detail = viewAt(datadog, '/claims/10482')
    assert.equal(list.view.url, `${stack.site.origin}/claims.html`)
    assert.deepEqual([list.view['loading_type'], detail.view['loading_type']], ['initial_load', 'route_change'])
    assert.deepEqual(actionNames(ofView(datadog.events(), list)).toSorted(), ['Save claim', 'button#patient', 'button#reject', 'button#route', 'button#throw'])
    assert.deepEqual(actionNames(ofView(datadog.events(), detail)), ['Save claim'])
    assert.deepEqual(list.view['action'], { count: 5 })
    assert.deepEqual(list.view['error'], { count: 2 })
    assert.deepEqual(detail.view['action'], { count: 1 })
    assert.ok(detail.date >= list.date)
  })

  await t.test('both errors tell message, type and where they come from', () => {
    const errors = datadog.events('error').map(({ error }) => error)
    assert.deepEqual(errorMessages(datadog.events()).toSorted(), ['claim 10482 has no statement', 'no fax number is known'])
    assert.deepEqual(errors.map((error) => error?.type).toSorted(), ['RangeError', 'TypeError'])
    for (const error of errors) {
      assert.deepEqual([error?.source, error?.handling], ['source', 'unhandled'])
      assert.match(error?.stack ?? '', /claims\.js/)
    }
  })

  await t.test('every event names application, session, service and environment', () => {
    const sessions = new Set(datadog.events().map((event) => (event['session'] as { id: string }).id))
    assert.equal(sessions.size, 1)
    for (const event of datadog.events()) {
      assert.deepEqual(
        [(event['application'] as { id: string }).id, event['service'], event['version'], event['source']],
        [APPLICATION_ID, 'claims-page', '1.2.3', 'browser'],
      )
      assert.match(String(event['ddtags']), /\benv:test\b/)
    }
    for (const { headers } of datadog.taken) assert.equal(headers['user-agent'], userAgent)
  })

  await t.test('nothing personal left the page, and the token of the Datadog intake never entered it', () => {
    const everything = JSON.stringify(datadog.events())
    for (const secret of ['Jane', 'jane.roe', '1970-01-01']) assert.ok(!everything.includes(secret), `${secret} arrived`)
    assert.ok(!sentUrls.some((url) => url.includes(DATADOG_TOKEN)))
    assertNothingCameTwice(datadog)
  })

  await t.test('the viewer shows the same', async () => {
    const views = await eventually('the store has both views as they ended', async () => {
      const shown = await stack.collector.views()
      assert.deepEqual(shown.map(({ is_active }) => is_active), [false, false])
      return shown
    })
    const list = views.find(({ url }) => url.endsWith('/claims.html'))
    assert.ok(list)
    assert.deepEqual([list.client, list.application_id, list.loading_type], ['rum-wasm', APPLICATION_ID, 'initial_load'])
    assert.deepEqual(list.actions.map(({ name }) => name).toSorted(), ['Save claim', 'button#patient', 'button#reject', 'button#route', 'button#throw'])
    assert.deepEqual(list.errors.map(({ message }) => message).toSorted(), ['claim 10482 has no statement', 'no fax number is known'])
    assert.deepEqual([list.action_count, list.error_count], [5, 2])
    for (const vital of ['lcp_ms', 'fcp_ms', 'ttfb_ms'] as const) assert.ok((list.vitals[vital] ?? 0) > 0, `${vital} is ${list.vitals[vital]}`)
    assert.equal(list.vitals.cls, 0)
    assert.ok(list.vitals.inp_ms !== null)
  })
})
