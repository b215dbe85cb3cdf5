// The replay page as the collector serves it, with the segments of one session behind its API.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import type { Segment } from './fake-datadog.ts'
import { places, requireBuilt } from './places.ts'

/** Of `collector/src/viewer/page.rs`. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const TYPES: Readonly<Record<string, string>> = { '/replays': 'text/html; charset=utf-8', '/replay.js': 'text/javascript', '/replay.css': 'text/css', '/page.css': 'text/css' }

export interface ReplayMarker { at_ms: number; kind: 'error' | 'action' | 'frustration' | 'view'; text: string }

export class ReplayApi {
  readonly asked: string[] = []
  private readonly segments: readonly Segment[]
  private readonly markers: readonly ReplayMarker[]
  private readonly server = createServer((request, response) => {
    const path = request.url ?? ''
    this.asked.push(path)
    void this.answer(path).then(({ body, headers }) => response.writeHead(200, headers).end(body), () => response.writeHead(404).end('no such thing\n'))
  })

  private constructor(segments: readonly Segment[], markers: readonly ReplayMarker[]) {
    this.segments = segments
    this.markers = markers
  }

  static async start(segments: readonly Segment[], markers: readonly ReplayMarker[]): Promise<ReplayApi> {
    const made = new ReplayApi(segments, markers)
    await new Promise<void>((resolve) => made.server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/replays`
  }

  get sessionId(): string {
    return (this.segments[0] as unknown as { session: { id: string } }).session.id
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  private async answer(path: string): Promise<{ body: Buffer | string; headers: Record<string, string> }> {
    const type = TYPES[path]
    if (type) {
      const file = path === '/replays' ? 'replay.html' : path.slice(1)
      return { body: await readFile(join(requireBuilt(places.viewer), file)), headers: { 'content-type': type, 'content-security-policy': POLICY } }
    }
    const json = { 'content-type': 'application/json' }
    const times = this.segments.map((segment) => segment as unknown as { start: number; end: number })
    const [start_ms, end_ms] = [Math.min(...times.map(({ start }) => start)), Math.max(...times.map(({ end }) => end))]
    if (path.startsWith('/api/replays?')) {
      const session = { session_id: this.sessionId, application_id: 'shop', start_ms, end_ms, views: 1, segments: this.segments.length, bytes: 40_000 }
      return { body: JSON.stringify({ replays: [session] }), headers: json }
    }
    if (path === `/api/replays/${this.sessionId}`) {
      const segments = this.segments.map((_, id) => ({ id, view_id: '', index_in_view: id, start_ms, end_ms, records: 1, has_full_snapshot: id === 0, bytes: 1 }))
      return { body: JSON.stringify({ views: [], segments, markers: this.markers }), headers: json }
    }
    const segment = this.segments[Number(/^\/api\/replay-segments\/(\d+)$/.exec(path)?.[1] ?? -1)]
    if (!segment) throw new Error('no such thing')
    return { body: deflateSync(JSON.stringify(segment)), headers: { ...json, 'content-encoding': 'deflate' } }
  }
}
