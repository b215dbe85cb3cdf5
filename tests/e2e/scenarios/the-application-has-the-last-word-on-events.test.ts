import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { listenTo } from '../harness/console.ts'
import { actionNames, errorMessages } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { places } from '../harness/places.ts'
import { openRumPage, rumRuns, type WindowWithRum } from '../harness/rum-page.ts'
import { leave, startStack } from '../harness/stack.ts'

test('beforeSend changes and drops events, and may call the API', async (t) => {
  const stack = await startStack(t)
  const page = await openRumPage(stack, { applicationId: '' })
  await page.evaluate((context) => {
    const { RUM } = window as unknown as WindowWithRum
    RUM.init({
      applicationId: context.applicationId,
      clientToken: context.clientToken,
      endpoint: context.endpoint,
      beforeSend(event) {
        if (event.type === 'action' && event.action.target.name === 'secret') return false
        if (event.type === 'error') {
          for (const name of ['message', 'stack']) event.error[name] = event.error[name].replace('Jane Roe', 'somebody')
          RUM.addAction('seen an error')
        }
        event.view.url = event.view.url.replace('bare', 'changed')
        if (event.type === 'resource') event.resource.url = event.resource.url.replace('bare', 'changed')
        event.context.tenant = 'a'
        return true
      },
    })
  }, stack.site.context!)
  await rumRuns(page)
  await page.evaluate(() => {
    const { RUM } = window as unknown as WindowWithRum
    RUM.addAction('secret')
    RUM.addAction('paid', { amount: 7 })
    RUM.addError(new Error('Jane Roe has no claim'))
  })
  await leave(stack, page)
  const { datadog } = stack
  await eventually('the view is over', () => assert.equal(datadog.views()[0]?.view['is_active'], false))
  assert.deepEqual(actionNames(datadog.events()).toSorted(), ['paid', 'seen an error'])
  assert.deepEqual(errorMessages(datadog.events()), ['somebody has no claim'])
  const text = JSON.stringify(datadog.events())
  assert.doesNotMatch(text, /Jane|bare\.html/)
  for (const event of datadog.events()) assert.equal((event as { context?: { tenant?: string } }).context?.tenant, 'a')
  assert.deepEqual((datadog.views()[0]?.view as { action?: unknown }).action, { count: 2 }, 'what was dropped is not counted')
})

test('what the application says goes with its events, and view context and flags end with the view', async (t) => {
  const stack = await startStack(t)
  const page = await openRumPage(stack, { trackFeatureFlagsForEvents: ['action'] })
  await page.evaluate(() => {
    const { RUM } = window as unknown as WindowWithRum
    RUM.setUser({ id: 7, plan: 'gold' })
    RUM.setGlobalContext({ tenant: 'a', over: 'global' })
    RUM.setViewContext({ over: 'view' })
    RUM.addFeatureFlagEvaluation('new', true)
    RUM.addAction('first', { own: 1 })
  })
  await rumRuns(page)
  await page.evaluate(() => {
    const { RUM } = window as unknown as WindowWithRum
    history.pushState(null, '', '/next')
    RUM.addAction('second')
  })
  await eventually('the view context is over', async () => {
    assert.deepEqual(await page.evaluate(() => (window as unknown as WindowWithRum).RUM.getViewContext()), {})
  })
  await leave(stack, page)
  const told = await eventually('both actions arrive', () => {
    const actions = new Map(stack.datadog.events('action').map((event) => [event.action?.target?.name, event as unknown as Record<string, unknown>]))
    assert.equal(actions.size, 2)
    return actions
  })
  const { usr, context, feature_flags } = told.get('first')!
  assert.deepEqual([usr, context, feature_flags], [{ id: '7', plan: 'gold' }, { tenant: 'a', over: 'view', own: 1 }, { new: true }])
  assert.deepEqual([told.get('second')!['context'], told.get('second')!['feature_flags']], [{ tenant: 'a', over: 'global' }, undefined])
})

test("a page of the official SDK's runs with the facade in its place, unchanged", async (t) => {
  const stack = await startStack(t)
  const page = await stack.browser.newPage()
  const heard = listenTo(page)
  await page.route('**/vendor/**', async (route) => {
    const name = basename(new URL(route.request().url()).pathname)
    const contentType = name.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
    await route.fulfill({ body: await readFile(join(places.sdk, name)), contentType })
  })
  await page.goto(`${stack.site.origin}/official.html`)
  await eventually('the core runs', async () => {
    assert.ok(await page.evaluate(() => (window as unknown as { DD_RUM: { getInternalContext(): unknown } }).DD_RUM.getInternalContext()))
  })
  await page.click('#save')
  await page.click('#throw')
  await page.click('#route')
  await leave(stack, page)
  await eventually('the visit arrives', () => {
    assert.deepEqual(errorMessages(stack.datadog.events()), ['claim 10482 has no statement'])
    assert.ok(actionNames(stack.datadog.events()).includes('Save claim'))
    assert.equal(stack.datadog.views().length, 2)
  })
  assert.equal(stack.datadog.views()[0]?.['service'], 'official-page')
  assert.ok(heard.ours.every((text) => /change nothing here/.test(text)), heard.ours.join('\n'))
})
