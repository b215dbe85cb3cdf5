import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../harness/chromium-flags.ts'
import { eventually } from '../harness/eventually.ts'
import { officialVisit } from '../harness/official-visit.ts'
import { findChromium } from '../harness/places.ts'
import { ReplayApi } from '../harness/replay-api.ts'
import { Teardown } from '../harness/teardown.ts'

/** Names a folder for pictures of the page that was recorded and of its replay. */
const PICTURES = process.env['RUM_REPLAY_PICTURES']

const VIEW = { width: 1280, height: 800 }

test('a session is found in the list, played, stepped through by keys, and exported', async (t) => {
  const teardown = new Teardown(t)
  const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_FLAGS })
  teardown.add(() => browser.close())
  const { segments, picture } = await officialVisit(browser, teardown)
  const startMs = Math.min(...segments.map((segment) => (segment as unknown as { start: number }).start))
  const api = await ReplayApi.start(segments, [
    { at_ms: startMs + 200, kind: 'action', text: 'Save claim' },
    { at_ms: startMs + 300, kind: 'error', text: '<img src=x onerror=alert(1)> TypeError' },
  ])
  teardown.add(() => api.stop())
  const page = await browser.newPage({ viewport: VIEW })
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })

  await page.goto(api.url)
  await page.getByRole('list', { name: 'Sessions with a replay' }).getByRole('link').click()
  const shown = page.frameLocator('iframe[title="The recorded page"]')
  await shown.locator('h1', { hasText: 'Marigold Pharmacy' }).waitFor({ state: 'attached' })
  const position = page.getByRole('slider', { name: 'Position' })
  const valueOf = async (): Promise<number> => Number(await position.inputValue())

  await page.getByRole('combobox', { name: 'Speed' }).selectOption('16')
  await page.keyboard.press('Escape')
  await page.locator('body').press('Space')
  await eventually('it has played to its end', async () => assert.equal(await page.getByRole('button', { name: 'Again' }).count(), 1))
  assert.equal(await shown.locator('#prescription').inputValue(), 'RX 7')
  await shown.locator('x-note b', { hasText: 'in the shadow' }).waitFor({ state: 'attached' })
  assert.ok(await valueOf() > 0)

  // A marker's text is text.
  const happening = page.getByRole('button', { name: 'onerror=alert(1)' })
  await happening.click()
  assert.ok(Math.abs((await valueOf()) - 300) < 1, String(await valueOf()))
  assert.equal(await page.locator('.marks .mark.of-error').count(), 1)
  await position.press('ArrowLeft')
  assert.equal(await valueOf(), 0)
  assert.equal(await shown.locator('#prescription').inputValue(), '')

  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export for rrweb' }).click()])
  const events = JSON.parse(await readFile(await download.path(), 'utf8')) as { type: number }[]
  assert.equal(events.filter(({ type }) => type === 2).length, 1)

  await page.locator('.timeline input').press('End')
  await page.setViewportSize(VIEW)
  if (PICTURES) {
    await writeFile(join(PICTURES, 'recorded-page.png'), picture)
    await writeFile(join(PICTURES, 'replay.png'), await page.screenshot())
  }
  assert.deepEqual(await focusIsInPage(page), true)
  assert.deepEqual(faults, [])
})

/** Nothing in the recording takes the focus away from the page. */
function focusIsInPage(page: Page): Promise<boolean> {
  return page.evaluate(() => document.activeElement?.localName !== 'iframe')
}
