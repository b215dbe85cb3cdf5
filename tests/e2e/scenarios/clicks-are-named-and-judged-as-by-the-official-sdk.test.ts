// Both SDKs in one page, told apart by their services: what the official one says is what is right.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { eventually } from '../harness/eventually.ts'
import type { FakeDatadog } from '../harness/fake-datadog.ts'
import { coreRuns, leave, type Stack, startStack } from '../harness/stack.ts'

interface Action { name: string; source: string | undefined; frustrations: string[]; errors: number; lasted: boolean }

function actions(datadog: FakeDatadog, service: 'ours' | 'theirs'): Action[] {
  return datadog.events('action').filter((event) => event['service'] === service).map((event) => {
    const action = event.action as unknown as { target: { name: string }; loading_time?: number; error: { count: number }; frustration?: { type: string[] } }
    return {
      name: action.target.name,
      source: (event['_dd'] as { action?: { name_source?: string } }).action?.name_source,
      frustrations: action.frustration?.type.toSorted() ?? [],
      errors: action.error.count,
      lasted: action.loading_time !== undefined,
    }
  })
}

async function open(stack: Stack, level: string): Promise<Page> {
  const page = await stack.browser.newPage()
  const texts = level === 'mask' ? undefined : page.waitForResponse(/element-text/)
  await page.goto(`${stack.site.origin}/clicks.html?level=${level}`)
  await coreRuns(page)
  await (await texts)?.finished()
  return page
}

/** Both SDKs watch the page for a tenth of a second after a click; what a later click does must not count. */
async function quiet(page: Page): Promise<void> {
  const since = await page.evaluate(() => performance.now())
  await page.waitForFunction((start) => performance.now() > start + 250, since)
}

async function click(page: Page, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await page.click(`#${id}`)
    await quiet(page)
  }
}

async function arrived(stack: Stack, page: Page, ours: number, theirs = ours): Promise<void> {
  await leave(stack, page)
  await eventually('both SDKs have told their clicks', () => {
    const told = (['ours', 'theirs'] as const).map((service) => actions(stack.datadog, service).length)
    assert.deepEqual(told, [ours, theirs])
  })
}

test('frustration is what the official SDK says it is', async (t) => {
  const stack = await startStack(t)
  const page = await open(stack, 'mask')
  await click(page, 'dead', 'alive', 'throws', 'calm', 'text', 'label', 'link')
  for (let index = 0; index < 3; index += 1) await page.click('#rage')
  await quiet(page)
  await page.dblclick('#twice')
  await quiet(page)
  await page.click('#words', { clickCount: 3 })
  await quiet(page)
  await arrived(stack, page, 13)
  const ours = actions(stack.datadog, 'ours')
  const comparable = (list: Action[]): unknown[] => list.map(({ name, frustrations, errors, lasted }) => ({ name, frustrations, errors, lasted })).toSorted((one, other) => one.name.localeCompare(other.name))
  assert.deepEqual(comparable(ours), comparable(actions(stack.datadog, 'theirs')))
  assert.deepEqual(ours.filter(({ frustrations }) => frustrations.length > 0).map(({ name, frustrations }) => [name, frustrations]), [
    ['dead', ['dead_click']],
    ['throws', ['error_click']],
    ['rage', ['rage_click']],
  ])
  const counts = stack.datadog.views().filter(({ view }) => view.url.includes('clicks.html')).map(({ view }) => view['frustration'])
  assert.deepEqual(counts, [{ count: 3 }, { count: 3 }])
})

const NAMED = ['plan', 'submit', 'text-button', 'inner', 'aria', 'labelled', 'picture', 'in-title', 'hint', 'fallback', 'long', 'around', 'called', 'allowed', 'partly']

test('where the page allows it, names are those of the official SDK', async (t) => {
  const stack = await startStack(t)
  const page = await open(stack, 'allow')
  await click(page, ...NAMED, 'masked', 'hidden', 'still-hidden', 'unknown')
  // What is no level hides, where the official SDK overlooks it and tells the name.
  await arrived(stack, page, NAMED.length + 1, NAMED.length + 2)
  const [ours, theirs] = [actions(stack.datadog, 'ours'), actions(stack.datadog, 'theirs')]
  const names = (list: Action[]): unknown[] => list.slice(0, NAMED.length).map(({ name, source }) => [name, source])
  assert.deepEqual(names(ours), names(theirs))
  const { name, source } = ours.at(-1) as Action
  assert.deepEqual([name, source], ['button#masked', 'mask_placeholder'])
})

test('by default no text of the page is in a name, nor anywhere', async (t) => {
  const stack = await startStack(t)
  const page = await open(stack, 'mask')
  const texts = page.waitForResponse(/element-text/)
  await click(page, ...NAMED, 'masked', 'hidden', 'still-hidden', 'unknown')
  await (await texts).finished()
  await click(page, 'allowed-too')
  await arrived(stack, page, NAMED.length + 2, NAMED.length + 3)
  const ours = actions(stack.datadog, 'ours')
  assert.deepEqual(ours.map(({ name }) => name), [
    'input#plan', 'input#submit', 'button#text-button', 'button#nested', 'div#aria', 'i#labelled', 'img#picture', 's#in-title', 'input#hint',
    'p#fallback', 'button#long', 'Around', 'Called so', 'button#allowed', 'button#partly', 'button#masked',
    // Part of the page allows it: from the second such click on, when what reads texts is there.
    'Open as well',
  ])
  const told = JSON.stringify(stack.datadog.events().filter((event) => event['service'] === 'ours'))
  for (const text of ['Jane', 'Plan of', 'Refill', 'Inner w', 'Close the', 'A picture', 'A title', 'A hint', 'Just words', 'A very', 'is open']) assert.ok(!told.includes(text), text)
})
