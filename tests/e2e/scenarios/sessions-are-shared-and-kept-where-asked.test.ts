import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { actionNames, errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import type { RumEvent } from '../harness/fake-datadog.ts'
import { findChromium } from '../harness/places.ts'
import { act, keptBy, openRumPage, rumRuns, sessionOf, type WindowWithRum } from '../harness/rum-page.ts'
import { leave, startStack } from '../harness/stack.ts'

const idOf = (event: RumEvent): string => (event['session'] as { id: string }).id

for (const sessionPersistence of ['local-storage', 'cookie']) {
  test(`two tabs share a session and its renewal, kept in ${sessionPersistence}`, async (t) => {
    const stack = await startStack(t)
    const context = await stack.browser.newContext()
    const first = await openRumPage(stack, { sessionPersistence }, { context })
    const begun = await rumRuns(first)
    const second = await openRumPage(stack, { sessionPersistence }, { context })
    assert.equal(await rumRuns(second), begun)

    await first.evaluate(() => (window as unknown as WindowWithRum).RUM.stopSession())
    await eventually('it is over in both', async () => {
      assert.equal(await sessionOf(first), undefined)
      assert.equal(await sessionOf(second), undefined)
    })
    await act(first)
    const renewed = await rumRuns(first)
    assert.notEqual(renewed, begun)
    await act(second)
    await eventually('the second is in the session the first began', async () => assert.equal(await sessionOf(second), renewed))
    await leave(stack, second)
    await eventually('and says so', () => {
      assert.ok(stack.datadog.views().some((event) => idOf(event) === renewed && event.view['loading_type'] === 'session_renewal'))
    })
  })
}

test('one session for all hosts of a site, in a cookie of the site, and no other cookie', async (t) => {
  const stack = await startStack(t)
  const browser = await chromium.launch({ executablePath: findChromium(), args: [...CHROMIUM_FLAGS, '--host-resolver-rules=MAP *.shop.example 127.0.0.1'] })
  stack.teardown.add(() => browser.close())
  const context = await browser.newContext()
  const port = new URL(stack.site.origin).port
  const options = { sessionPersistence: 'cookie', trackSessionAcrossSubdomains: true }
  const pages = []
  for (const host of ['claims.shop.example', 'www.shop.example']) pages.push(await openRumPage(stack, options, { context, origin: `http://${host}:${port}` }))
  const sessions = await Promise.all(pages.map(rumRuns))
  assert.equal(sessions[0], sessions[1])
  const cookies = await context.cookies()
  assert.deepEqual(cookies.map(({ name, domain, sameSite }) => [name, domain, sameSite]), [['rum_session', '.shop.example', 'Strict']])
})

test('in memory, nothing is kept', async (t) => {
  const stack = await startStack(t)
  const page = await openRumPage(stack, { sessionPersistence: 'memory' }, { context: await stack.browser.newContext() })
  await rumRuns(page)
  await act(page)
  assert.deepEqual(await keptBy(page), { local: [], tab: [], databases: [], cookies: [] })
})

test('a visitor without a name is the same on the next visit, where the application asks for it', async (t) => {
  const stack = await startStack(t)
  const context = await stack.browser.newContext()
  for (let visit = 0; visit < 2; visit += 1) {
    const page = await openRumPage(stack, { trackAnonymousUser: true }, { context })
    await rumRuns(page)
    // The session does not outlive the visit.
    await page.evaluate(() => localStorage.removeItem('rum_session'))
    await page.close()
  }
  await eventually('both visits arrive', () => {
    const views = stack.datadog.views()
    assert.equal(new Set(views.map(idOf)).size, 2)
    const visitors = views.map((view) => (view as { usr?: { anonymous_id?: string } }).usr?.anonymous_id)
    assert.match(visitors[0] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(new Set(visitors).size, 1)
  })
})

test('of sessions that are not sampled, one that fails is kept with what led to it', async (t) => {
  const stack = await startStack(t)
  const options = { sessionSampleRate: 0, sessionOnErrorSampleRate: 100 }
  const [well, failing] = [await openRumPage(stack, options, { context: await stack.browser.newContext() }), await openRumPage(stack, options, { context: await stack.browser.newContext() })]
  for (const page of [well, failing]) {
    await rumRuns(page)
    await page.evaluate(() => (window as unknown as WindowWithRum).RUM.addAction('before'))
  }
  await failing.evaluate(() => (window as unknown as WindowWithRum).RUM.addError(new Error('it failed')))
  for (const page of [well, failing]) await leave(stack, page)
  await eventually('the failing one arrives', () => assert.deepEqual(errorMessages(stack.datadog.events()), ['it failed']))
  assert.deepEqual(actionNames(stack.datadog.events()), ['before'])
  assert.equal(new Set(stack.datadog.events().map(idOf)).size, 1)
})

test('two instances in a page know nothing of each other', async (t) => {
  const stack = await startStack(t)
  const page = await openRumPage(stack, {}, { context: await stack.browser.newContext() })
  const session = await rumRuns(page)
  const other = await eventually('the other runs, too', async () => {
    const id = await page.evaluate(() => {
      const scope = window as unknown as WindowWithRum
      if (!scope.widget) {
        scope.widget = scope.RUM.createInstance('widget')
        scope.widget.init({ ...scope.RUM.getInitConfiguration()!, service: 'widget' })
        scope.widget.setUser({ id: 'of the widget' })
      }
      return scope.widget.getInternalContext()?.session_id
    })
    assert.ok(id)
    return id
  })
  assert.notEqual(other, session)
  await page.evaluate(() => {
    const { RUM, widget } = window as unknown as WindowWithRum
    RUM.addAction('of the page')
    widget.addAction('of the widget')
    widget.shutdown()
    RUM.addAction('after')
  })
  await leave(stack, page)
  await eventually('everything arrives under its own session', () => {
    const actions = stack.datadog.events('action').map((event) => [event.action?.target?.name, idOf(event), (event as { usr?: { id?: string } }).usr?.id])
    assert.deepEqual(actions.toSorted(), [['after', session, undefined], ['of the page', session, undefined], ['of the widget', other, 'of the widget']])
  })
})
