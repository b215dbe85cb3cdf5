// Half a minute of a visitor, the same for every SDK: what leaves the page meanwhile, in requests and bytes.

import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../e2e/harness/eventually.ts'
import assert from 'node:assert/strict'
import { withPage } from './page-cost.ts'
import type { Bench, Variant } from './sdk.ts'

/** One thing a second: clicks, fetches, two errors, three routes, a report of the application's own. */
const SCRIPT = [
  'refill', 'load', 'refill', 'load', 'route', 'refill', 'load', 'throw', 'refill', 'load',
  'route', 'load', 'refill', 'report', 'load', 'refill', 'reject', 'load', 'route', 'refill',
  'load', 'refill', 'load', 'refill', 'load',
] as const

/** Of the whole visit, the leaving included. */
export async function playSession(bench: Bench, variant: Variant, seconds: number): Promise<Record<string, number>> {
  const before = bench.witness.seen.length
  await withPage(bench, variant, async (page) => {
    const end = performance.now() + seconds * 1_000
    for (const id of SCRIPT) {
      await page.click(`#${id}`)
      await pause(1_000)
    }
    await pause(Math.max(0, end - performance.now()))
    const posts = bench.witness.seen.length
    await page.goto(`${bench.site.origin}/left.html`)
    await eventually('the end of the visit was told', () => assert.ok(bench.witness.seen.length > posts))
    await pause(1_000)
  })
  const posts = bench.witness.seen.slice(before).filter(({ method }) => method === 'POST')
  const bytes = (of: (post: (typeof posts)[number]) => number): number => posts.reduce((sum, post) => sum + of(post), 0)
  return {
    'session of 30 s: requests': posts.length,
    'session of 30 s: bodies, bytes': bytes(({ body }) => body.length),
    'session of 30 s: bodies and URLs, bytes': bytes(({ body, path }) => body.length + path.length),
  }
}
