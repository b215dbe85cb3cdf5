import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { listenTo } from '../harness/console.ts'
import { actionNames } from '../harness/events.ts'
import { eventually } from '../harness/eventually.ts'
import { coreRuns, leave, type Stack, startStack } from '../harness/stack.ts'

function setPolicy({ site, cdn, collector }: Stack, scriptExtras: string, more = ''): void {
  const policy = `default-src 'none'; script-src 'self' ${cdn.origin}${scriptExtras}; connect-src ${collector.intakeUrl} ${cdn.origin}${more}`
  site.pageHeaders.set('/strict.html', { 'content-security-policy': policy })
}

const violations = (page: Page): Promise<string[]> => page.evaluate(() => (window as unknown as { violations: string[] }).violations)

for (const [name, more] of [['', ''], [' and Trusted Types', "; require-trusted-types-for 'script'"]] as const) {
  test(`a policy of script-src, wasm-unsafe-eval and connect-src${name} is all it needs`, async (t) => {
    const stack = await startStack(t)
    setPolicy(stack, " 'wasm-unsafe-eval'", more)
    const page = await stack.browser.newPage()
    const heard = listenTo(page)
    await page.goto(`${stack.site.origin}/strict.html`)
    await coreRuns(page)
    await page.click('#save')
    assert.deepEqual(await violations(page), [])
    await leave(stack, page)
    await eventually('the click arrives', () => assert.deepEqual(actionNames(stack.datadog.events()), ['Save claim']))
    assert.deepEqual([heard.ours, heard.uncaught], [[], []])
  })
}

test('where the policy forbids wasm the page works as ever, with one diagnostic', async (t) => {
  const stack = await startStack(t)
  setPolicy(stack, '')
  const page = await stack.browser.newPage()
  const heard = listenTo(page)
  await page.goto(`${stack.site.origin}/strict.html`)
  await eventually('the SDK has given up', () => assert.equal(heard.ours.length, 1))
  await page.evaluate(() => document.getElementById('save')?.addEventListener('click', () => { document.title = 'saved' }))
  await page.click('#save')
  assert.equal(await page.title(), 'saved')
  assert.equal((await violations(page)).length, 1)
  await leave(stack, page)
  assert.equal(heard.ours.length, 1, heard.ours.join('\n'))
  assert.deepEqual(heard.uncaught, [])
  assert.ok(!heard.requests.some((url) => url.startsWith(stack.collector.intakeUrl)))
})
