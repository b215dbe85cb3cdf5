import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '../harness/eventually.ts'
import { actAtPharmacy } from '../harness/official-visit.ts'
import { openPharmacy } from '../harness/pharmacy.ts'
import { leave, type Stack, startStack } from '../harness/stack.ts'

/** Names a folder for pictures of the page that was recorded and of its replay. */
const PICTURES = process.env['RUM_REPLAY_PICTURES']

const VIEW = { width: 1280, height: 800 }
/** What an arrow key moves. */
const STEP_MS = 5_000
/** Longer than from where the official SDK says that it records to its first record. */
const BEFORE_ERROR_MS = 200
const HOSTILE = '<img src=x onerror=alert(1)>'

test('a session is found in the list, played, stepped through by keys, and exported', async (t) => {
  const stack = await startStack(t)
  const picture = await visitPharmacy(stack)
  const { browser, collector } = stack
  const page = await browser.newPage({ viewport: VIEW })
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })

  await page.goto(new URL('/replays', collector.viewerUrl).href)
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
  const at_ms = Number(await happening.getAttribute('data-at'))
  assert.ok(at_ms > 0 && Math.abs((await valueOf()) - at_ms) < 1, `${await valueOf()} and ${at_ms}`)
  assert.equal(await shown.locator('#prescription').inputValue(), '')
  assert.equal(await page.locator('.marks .mark.of-error').count(), 1)
  await position.press('ArrowLeft')
  assert.ok(Math.abs((await valueOf()) - Math.max(0, at_ms - STEP_MS)) < 1, String(await valueOf()))
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

/** Recorded by the official SDK through the collector; answers what was seen at the end (PNG). */
async function visitPharmacy(stack: Stack): Promise<Buffer> {
  const visitor = await openPharmacy(stack, { proxy: 'string', compress: true, rows: 30 })
  // Not in the first moment of the recording: the marker is to be reached by going back.
  await visitor.evaluate(([message, wait_ms]) => new Promise<void>((done) => {
    setTimeout(() => {
      setTimeout(done)
      throw new TypeError(message)
    }, wait_ms)
  }), [HOSTILE, BEFORE_ERROR_MS] as const)
  await actAtPharmacy(visitor)
  const picture = await visitor.screenshot()
  await leave(stack, visitor)
  await eventually('the end of the visit is stored', async () => {
    const { replays } = await ask<{ replays: { session_id: string }[] }>(stack, '/api/replays?limit=10')
    const { segments, markers } = await ask<{ segments: { id: string }[]; markers: { text: string }[] }>(stack, `/api/replays/${replays[0]?.session_id}`)
    const stored = await Promise.all(segments.map(({ id }) => ask<unknown>(stack, `/api/replay-segments/${id}`)))
    assert.match(JSON.stringify(stored), /in the shadow/)
    assert.ok(markers.some(({ text }) => text.includes('onerror')))
  })
  return picture
}

async function ask<T>({ collector }: Stack, path: string): Promise<T> {
  const response = await fetch(new URL(path, collector.viewerUrl))
  assert.ok(response.ok, `${path}: ${response.status}`)
  return (await response.json()) as T
}

/** Nothing in the recording takes the focus away from the page. */
function focusIsInPage(page: Page): Promise<boolean> {
  return page.evaluate(() => document.activeElement?.localName !== 'iframe')
}
