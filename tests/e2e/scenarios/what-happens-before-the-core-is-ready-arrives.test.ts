import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actionNames, assertNothingCameTwice } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, leave, startStack } from '../harness/stack.ts'

const CORE_DELAY_MS = 2_000
/** The page reads its clock a moment before or after the browser does, and a busy machine may come in between. */
const CLOCK_TOLERANCE_MS = 100

test('a click and an error before the core is there arrive with their true times', async (t) => {
  const stack = await startStack(t)
  stack.cdn.coreDelay_ms = CORE_DELAY_MS
  const page = await stack.browser.newPage()
  await page.goto(`${stack.site.origin}/early.html`)
  await eventually('the loader runs', async () => assert.ok(await page.evaluate(() => 'RUM' in window)))
  await page.click('#save')
  await page.click('#throw')
  const times = await page.evaluate(() => (window as unknown as { times: { click_ms: number; error_ms: number } }).times)
  const coreWasThere = await page.evaluate(() => localStorage.getItem('rum_session') !== null)
  assert.equal(coreWasThere, false, 'the core was ready before the click: nothing early was tested')

  await coreRuns(page)
  await leave(stack, page)
  await eventually('both arrive', () => {
    const click = stack.datadog.events('action').find((event) => actionNames([event])[0] === 'Save claim')
    const [error] = stack.datadog.events('error')
    assert.ok(click && error)
    assert.equal(error.error?.message, 'thrown early')
    assert.ok(Math.abs(click.date - times.click_ms) <= CLOCK_TOLERANCE_MS, `click told ${click.date}, was ${times.click_ms}`)
    assert.ok(Math.abs(error.date - times.error_ms) <= CLOCK_TOLERANCE_MS, `error told ${error.date}, was ${times.error_ms}`)
  })
  assertNothingCameTwice(stack.datadog)
})
