// Recorders of others, for the same pages: a case that no recorder passes may be a wrong case.

import assert from 'node:assert/strict'
import type { Tab } from '../browsers/browser.ts'
import { APPLICATION_ID, PUBLIC_TOKEN } from '../collector.ts'
import { eventually } from '../eventually.ts'
import { readSent } from '../official-sdk.ts'
import type { HostSite } from '../site.ts'
import type { Witness } from '../witness.ts'
import type { PictureOptions, Recorder, ReplayRecord } from './cases.ts'

type Peers = typeof globalThis & {
  DD_RUM: { init(options: object): void; getSessionReplayLink(): string | undefined }
  rrweb: { record(options: object): void; Replayer: new (records: ReplayRecord[], options: object) => { pause(offset_ms: number): void; destroy(): void; iframe: HTMLIFrameElement } }
  rrwebEvents: ReplayRecord[]
  readReplay(records: ReplayRecord[], instants_ms: number[], options: object): Promise<string[][]>
  pictureOf(document: Document | null, options: object): string[]
}

export class DatadogRecorder implements Recorder {
  readonly name = 'Datadog'
  private readonly site: HostSite
  private readonly witness: Witness
  private seen = 0

  constructor(site: HostSite, witness: Witness) {
    this.site = site
    this.witness = witness
  }

  async begin(tab: Tab): Promise<void> {
    this.seen = this.witness.seen.length
    await loadScript(tab, '/vendor/datadog-rum.js')
    await tab.evaluate((options) => (globalThis as Peers).DD_RUM.init(options), {
      applicationId: APPLICATION_ID, clientToken: PUBLIC_TOKEN, proxy: `${this.witness.url}/shop/dd`, sessionSampleRate: 100, sessionReplaySampleRate: 100,
      telemetrySampleRate: 0, defaultPrivacyLevel: 'allow',
    })
    await eventually('it records', async () => {
      const link = await tab.evaluate(() => (globalThis as Peers).DD_RUM.getSessionReplayLink() ?? 'error-type')
      assert.ok(!link.includes('error-type'), link)
    })
  }

  async end(tab: Tab, end: string): Promise<ReplayRecord[]> {
    await tab.goTo(`${this.site.origin}/left.html`)
    return eventually('the segments have come', () => {
      const posts = this.witness.seen.slice(this.seen).filter(({ method, path }) => method === 'POST' && path.includes('replay'))
      const records = readSent(posts).segments.flatMap((segment) => segment.records as unknown as ReplayRecord[])
      assert.ok(JSON.stringify(records).includes(end))
      return records.sort((one, other) => one.timestamp - other.timestamp)
    }, 10_000)
  }

  show(stage: Tab, records: ReplayRecord[], instants_ms: number[], options: PictureOptions): Promise<string[][]> {
    return stage.evaluate((...given) => (globalThis as Peers).readReplay(...given), records, instants_ms, options)
  }
}

export class RrwebRecorder implements Recorder {
  readonly name = 'rrweb'

  async begin(tab: Tab): Promise<void> {
    await loadScript(tab, '/vendor/rrweb.js')
    await tab.evaluate(() => {
      const page = globalThis as Peers
      page.rrwebEvents = []
      page.rrweb.record({ emit: (event: ReplayRecord) => page.rrwebEvents.push(event) })
    })
  }

  async end(tab: Tab): Promise<ReplayRecord[]> {
    return tab.evaluate(() => (globalThis as Peers).rrwebEvents)
  }

  async show(stage: Tab, records: ReplayRecord[], instants_ms: number[], options: PictureOptions): Promise<string[][]> {
    await loadScript(stage, '/vendor/rrweb.js')
    const pictures = await stage.evaluate((events, instants_ms, options) => {
      const { rrweb, pictureOf } = globalThis as Peers
      const replayer = new rrweb.Replayer(events, { root: document.body, mouseTail: false, useVirtualDom: false, triggerFocus: false, showWarning: false })
      const pictures = instants_ms.map((at_ms) => {
        replayer.pause(at_ms - (events[0]?.timestamp ?? 0))
        return pictureOf(replayer.iframe.contentDocument, { ...options, isReplay: true })
      })
      replayer.destroy()
      return pictures
    }, records, instants_ms, options)
    return pictures.map(withoutRrwebsOwn)
  }
}

/** The sheet and the class its player adds, and the class it turns `:hover` into. */
function withoutRrwebsOwn(lines: string[]): string[] {
  const own = lines.findIndex((line) => line.includes('| .rr-block'))
  const without = own < 0 ? lines : lines.filter((line, index) => index !== own - 1 && !/\| (\.rr-block|noscript \{|html\.rrweb-paused)/.test(line))
  return without.map((line) => line.replace(/, [^,{]*\.\\:hover/g, '').replace(/ class="rrweb-paused"/, '').replace(/ rrweb-paused"/, '"').replace(/ class=":hover"/, '').replace(/ :hover"/, '"'))
}

async function loadScript(tab: Tab, path: string): Promise<void> {
  await tab.evaluate(async (src) => {
    const script = document.createElement('script')
    script.src = src
    const loaded = new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: reject }))
    document.head.append(script)
    await loaded
  }, path)
}
