// Our own recorder, from the page through the collector to the player.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Tab } from '../browsers/browser.ts'
import type { Collector } from '../collector.ts'
import { eventually } from '../eventually.ts'
import type { HostSite } from '../site.ts'
import type { PictureOptions, Recorder, ReplayRecord } from './cases.ts'

/** As the viewer's API tells a session and a segment of it. */
interface ReplaySession { segments: { id: string; view_id: string; index_in_view: number }[] }
interface ReplaySegment { records: ReplayRecord[] }

type OurPage = typeof globalThis & {
  RUM: { init(options: object): void; stopSessionReplayRecording(): void; getInternalContext(): { session_id: string; view?: { id: string } } | undefined }
  pictureOf(document: Document | null, options: object): string[]
}

export class OurRecorder implements Recorder {
  readonly name = 'rum-wasm'
  private readonly site: HostSite
  private readonly collector: Collector
  /** Segments as they came, for the player. */
  private segments: ReplaySegment[] = []

  constructor(site: HostSite, collector: Collector) {
    this.site = site
    this.collector = collector
  }

  async begin(tab: Tab, options: object): Promise<void> {
    const folder = `/sdk/${randomBytes(6).toString('hex')}`
    await tab.evaluate(async (src, given) => {
      const script = document.createElement('script')
      script.src = src
      const loaded = new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: reject }))
      document.head.appendChild(script)
      await loaded
      ;(globalThis as OurPage).RUM.init(given)
    }, `${this.site.origin}${folder}/rum.js`, { ...this.site.context, cdn: undefined, sessionReplaySampleRate: 100, defaultPrivacyLevel: 'allow', ...options })
    await eventually('the replay engine is asked for', () => {
      const asked = this.site.requests.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length))
      assert.ok(asked.some((path) => path.startsWith('/replay-') && path.endsWith('.wasm')), `asked for: ${asked.join(' ')}`)
    })
  }

  async end(tab: Tab, end: string, mustStop: boolean): Promise<ReplayRecord[]> {
    // As texts: a page may have given arrays and objects another idea of JSON.
    const sessionId = await tab.evaluate(() => (globalThis as OurPage).RUM.getInternalContext()?.session_id)
    const viewId = await tab.evaluate(() => (globalThis as OurPage).RUM.getInternalContext()?.view?.id)
    if (mustStop) await tab.evaluate(() => (globalThis as OurPage).RUM.stopSessionReplayRecording())
    await tab.goTo(`${this.site.origin}/left.html`)
    const hex = (id = ''): string => id.replaceAll('-', '')
    return eventually('the segments have come', async () => {
      const session = await this.ask<ReplaySession>(`/api/replays/${sessionId}`)
      const ofView = session.segments.filter(({ view_id }) => hex(view_id) === hex(viewId)).sort((one, other) => one.index_in_view - other.index_in_view)
      this.segments = await Promise.all(ofView.map(({ id }) => this.ask<ReplaySegment>(`/api/replay-segments/${id}`)))
      const records = this.segments.flatMap((segment) => segment.records)
      assert.ok(JSON.stringify(records).includes(end), `${records.length} records in ${ofView.length} segments, without the last change`)
      return records
    })
  }

  show(stage: Tab, _records: ReplayRecord[], instants_ms: number[], options: PictureOptions): Promise<string[][]> {
    return stage.evaluate(async (src, segments, instants_ms, options) => {
      const { createPlayer } = (await import(src)) as typeof import('../../../../viewer/src/player/index.ts')
      const place = document.body.appendChild(document.createElement('div'))
      place.style.cssText = 'width: 1280px; height: 800px'
      const player = createPlayer(place)
      player.load(segments)
      const pictures = instants_ms.map((at_ms) => (globalThis as OurPage).pictureOf(player.documentAt(at_ms - player.startMs), { ...options, isReplay: true }))
      player.destroy()
      place.remove()
      return pictures
    }, `${this.site.origin}/replay/player.js`, this.segments, instants_ms, options)
  }

  private async ask<T>(path: string): Promise<T> {
    const response = await fetch(new URL(path, this.collector.viewerUrl))
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
}
