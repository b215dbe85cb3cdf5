// Who records in `cargo xtask bench replay`, each with masking off so that all of them tell the same page.

import { gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { APPLICATION_ID, PUBLIC_TOKEN } from '../e2e/harness/collector.ts'
import { readForm } from '../e2e/harness/multipart.ts'
import type { Seen } from '../e2e/harness/witness.ts'

/** Two of them are the SDKs that do all they do without a recording. */
export const RECORDERS = ['none', 'ours', 'datadog', 'rrweb', 'ours idle', 'datadog idle'] as const
export type RecorderName = (typeof RECORDERS)[number]

export const isIdle = (name: RecorderName): boolean => name === 'none' || name.endsWith(' idle')

export interface Places { siteOrigin: string; collectorUrl: string }

/** What left the page, or would: bytes of bodies as sent, and of what is in them. */
export interface Wire { wire: number; raw: number; requests: number }

type Sdks = typeof globalThis & {
  RUM: { init(options: object): void; startSessionReplayRecording(): void; getInternalContext(): { session_id?: string } | undefined }
  DD_RUM: Sdks['RUM']
  rrweb: { record(options: object): void }
  rrwebEvents: unknown[]
}

/** Loads it, and lets it start everything but the recording. */
export async function load(page: Page, name: RecorderName, { siteOrigin, collectorUrl }: Places): Promise<void> {
  const options = {
    applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN, sessionSampleRate: 100, sessionReplaySampleRate: 100,
    startSessionReplayRecordingManually: true, defaultPrivacyLevel: 'allow',
  }
  if (name.startsWith('ours')) {
    await page.addScriptTag({ url: `${siteOrigin}/sdk/rum.js` })
    await page.evaluate((given) => (globalThis as Sdks).RUM.init(given), { ...options, endpoint: `${collectorUrl}/shop` })
    await page.waitForFunction(() => (globalThis as Sdks).RUM.getInternalContext()?.session_id !== undefined)
  } else if (name.startsWith('datadog')) {
    await page.addScriptTag({ url: `${siteOrigin}/vendor/datadog-rum.js` })
    await page.evaluate((given) => (globalThis as Sdks).DD_RUM.init(given), { ...options, proxy: `${collectorUrl}/shop/dd`, telemetrySampleRate: 0 })
    await page.waitForFunction(() => (globalThis as Sdks).DD_RUM.getInternalContext()?.session_id !== undefined)
  } else if (name === 'rrweb') {
    await page.addScriptTag({ url: `${siteOrigin}/vendor/rrweb.js` })
  }
}

/** Begins to record; what that takes is the first snapshot. In a task of the page's, for those of ours are no script to the counters. */
export async function begin(page: Page, name: RecorderName): Promise<void> {
  await page.evaluate((recorder) => {
    const sdks = globalThis as Sdks
    if (recorder === 'ours') setTimeout(() => sdks.RUM.startSessionReplayRecording())
    if (recorder === 'datadog') setTimeout(() => sdks.DD_RUM.startSessionReplayRecording())
    if (recorder === 'rrweb') {
      sdks.rrwebEvents = []
      // Nothing that gets a name: the compiler gives names through a helper that no page has.
      setTimeout(() => sdks.rrweb.record({ emit: sdks.rrwebEvents.push.bind(sdks.rrwebEvents) }))
    }
  }, name)
}

/** Of rrweb, which leaves the sending to others, what gzip makes of all events at once: less than any sender could. */
export async function keptInPage(page: Page): Promise<Wire> {
  const text = await page.evaluate(() => JSON.stringify((globalThis as Sdks).rrwebEvents))
  return { wire: gzipSync(text).length, raw: Buffer.byteLength(text), requests: 1 }
}

export function isSegment({ method, path }: Seen): boolean {
  return method === 'POST' && (/\/v1\/s\?/.test(path) || path.includes('replay'))
}

export function wireOf(posts: readonly Seen[]): Wire {
  const sum = (of: (post: Seen) => number): number => posts.reduce((total, post) => total + of(post), 0)
  return { wire: sum(({ body }) => body.length), raw: sum(rawBytes), requests: posts.length }
}

function rawBytes({ body, headers }: Seen): number {
  const packed = readForm(body, headers['content-type'] ?? '').parts.find(({ name }) => name === 'segment')?.body ?? body
  if (packed[0] === 0x1f) return gunzipSync(packed).length
  return packed[0] === 0x78 ? inflateSync(packed).length : packed.length
}
