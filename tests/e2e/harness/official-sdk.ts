// What the official SDKs sent, read from their own wire, to be compared with what arrived.

import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'
import type { Brought, Log, RumEvent, Segment } from './fake-datadog.ts'
import { readForm } from './multipart.ts'
import type { Seen } from './witness.ts'

/** The Datadog path and parameters a request asks for, in either form of the `proxy` option. */
export function forwarded({ path }: Seen): URL {
  const url = new URL(path, 'http://collector')
  const forward = url.searchParams.get('ddforward')
  return forward === null ? new URL(url.pathname.slice(url.pathname.indexOf('/api/')) + url.search, url) : new URL(forward, url)
}

/** What may become of a thing on its way. */
export type Change = <T>(item: T) => T

export const ALL_TRACKS = ['/api/v2/logs', '/api/v2/replay', '/api/v2/rum']

export function tracksOf(posts: readonly Seen[]): string[] {
  return [...new Set(posts.map((post) => forwarded(post).pathname))].sort()
}

export function readSent(posts: readonly Seen[]): Brought {
  const sent: Brought = { events: [], segments: [], logs: [] }
  for (const post of posts) {
    const { pathname, searchParams } = forwarded(post)
    const deflated = searchParams.get('dd-evp-encoding') === 'deflate'
    switch (pathname) {
      case '/api/v2/rum':
        sent.events.push(...(lines(post.body, deflated) as RumEvent[]))
        break
      case '/api/v2/logs':
        sent.logs.push(...(lines(post.body, deflated) as Log[]))
        break
      case '/api/v2/replay':
        sent.segments.push(segmentOf(post))
        break
      default:
        assert.fail(`the SDK asked for ${pathname}`)
    }
  }
  return sent
}

/** Things sent again are the same things: each once. */
export function withoutRepeats({ events, segments, logs }: Brought): Brought {
  const each = <T>(items: readonly T[]): T[] => [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
  return { events: each(events), segments: each(segments), logs: each(logs) }
}

/** The values of URL parameters are the one thing on these pages that a scrub rule speaks of. `page` may keep its
 * own by default, and the line and column behind a URL in a stack stay. */
export function scrubbed<T>(item: T): T {
  return JSON.parse(JSON.stringify(item).replaceAll(/([?&](?!page=)\w+=)[^"&#:]+/g, '$1[redacted]')) as T
}

/** Everything sent arrived, each once, and says what it said but for what `change` does. */
export function assertArrived(arrived: Brought, sent: Brought, change: Change): void {
  assertSame('events', arrived.events, sent.events.map(change))
  assertSame('segments', arrived.segments, sent.segments.map(change))
  assertSame('logs', arrived.logs, sent.logs.map(change))
}

function assertSame(what: string, arrived: readonly unknown[], sent: readonly unknown[]): void {
  const byText = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(inOrder(item))).sort()
  const [got, expected] = [byText(arrived), byText(sent)]
  assert.equal(got.length, expected.length, `number of ${what}`)
  // One by one: a difference is then shown beside its own item and not among all of them.
  for (const [index, item] of got.entries()) assert.deepEqual(JSON.parse(item), JSON.parse(expected[index] as string))
}

/** Objects say the same in whatever order their keys stand. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, inner]) => [key, inOrder(inner)]))
}

function lines(body: Buffer, deflated: boolean): unknown[] {
  const text = (deflated ? inflateSync(body) : body).toString()
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as unknown)
}

function segmentOf({ body, headers }: Seen): Segment {
  const packed = readForm(body, headers['content-type'] ?? '').parts.find(({ name }) => name === 'segment')
  assert.ok(packed, 'a form without a segment')
  return JSON.parse(inflateSync(packed.body).toString()) as Segment
}
