// A stand-in for Datadog's browser intake that takes only what the real one would, and remembers every deviation.
// A fake proves only what it enforces: `unexpected` must be empty at the end of every test (see stack.ts).

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Log, readLogs } from './datadog/logs.ts'
import { readReplay, type Segment } from './datadog/replay.ts'
import { headerFaults, parameterFaults, type Track } from './datadog/request.ts'
import { documentVersion, readRum, type RumEvent } from './datadog/rum.ts'
import { type DatadogSchema, loadDatadogSchema } from './datadog-schema.ts'
import { pause } from './eventually.ts'
import { readBody } from './read-body.ts'

export type { Log } from './datadog/logs.ts'
export type { ReplayRecord, Segment } from './datadog/replay.ts'
export type { RumEvent } from './datadog/rum.ts'

const ROUTES: ReadonlyMap<string, Track> = new Map([['/api/v2/rum', 'rum'], ['/api/v2/replay', 'replay'], ['/api/v2/logs', 'logs']])

/** What one request brought, then things of its own track only, or all of them together. */
export interface Brought { events: RumEvent[]; segments: Segment[]; logs: Log[] }

export interface TakenRequest extends Brought { track: Track; parameters: URLSearchParams; headers: IncomingHttpHeaders }

/** What the intake does before it takes a request (a delay), or instead of it (a status, a cut connection). */
export interface Trouble { status?: number; retryAfter_s?: number; delay_ms?: number; reset?: boolean }

const NOTHING: Brought = { events: [], segments: [], logs: [] }

export class FakeDatadog {
  readonly taken: TakenRequest[] = []
  readonly unexpected: string[] = []
  /** Requests that met trouble. */
  troubled = 0
  trouble: Trouble | undefined
  private server: Server
  private readonly clientToken: string
  private readonly schema: DatadogSchema
  private address: AddressInfo | undefined

  private constructor(clientToken: string, schema: DatadogSchema) {
    this.clientToken = clientToken
    this.schema = schema
    this.server = this.makeServer()
  }

  static async start(clientToken: string): Promise<FakeDatadog> {
    const fake = new FakeDatadog(clientToken, await loadDatadogSchema())
    await fake.comeBack()
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${this.address?.port}`
  }

  events(type?: string): RumEvent[] {
    const all = this.taken.flatMap(({ events }) => events)
    return type === undefined ? all : all.filter((event) => event.type === type)
  }

  segments(): Segment[] {
    return this.taken.flatMap(({ segments }) => segments)
  }

  logs(): Log[] {
    return this.taken.flatMap(({ logs }) => logs)
  }

  everything(): Brought {
    return { events: this.events(), segments: this.segments(), logs: this.logs() }
  }

  /** The last state of each view, as Datadog would show it. */
  views(): RumEvent[] {
    const latest = new Map<string, RumEvent>()
    for (const view of this.events('view')) {
      const known = latest.get(view.view.id)
      if (known === undefined || documentVersion(view) >= documentVersion(known)) latest.set(view.view.id, view)
    }
    return [...latest.values()]
  }

  /** From now on connections are refused, and open ones are cut. */
  async goDown(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  /** Listens again, on the port it had. */
  async comeBack(): Promise<void> {
    if (this.server.listening) return
    this.server = this.makeServer()
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.address?.port ?? 0, '127.0.0.1', resolve)
    })
    this.address = this.server.address() as AddressInfo
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.goDown()
  }

  private makeServer(): Server {
    return createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        // A connection the collector cut (it was killed) is part of some tests; anything else is a fault of ours.
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') this.unexpected.push(`the fake itself failed: ${String(error)}`)
        response.destroy()
      })
    })
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const trouble = this.trouble
    if (trouble !== undefined) this.troubled += 1
    if (trouble?.delay_ms !== undefined) await pause(trouble.delay_ms)
    if (trouble?.reset === true) {
      request.socket.resetAndDestroy()
      return
    }
    if (trouble?.status !== undefined) {
      if (trouble.retryAfter_s !== undefined) response.setHeader('retry-after', String(trouble.retryAfter_s))
      response.writeHead(trouble.status).end()
      return
    }
    const url = new URL(request.url ?? '/', this.url)
    const track = request.method === 'POST' ? ROUTES.get(url.pathname) : undefined
    const { faults, ...brought } = track === undefined ? { ...NOTHING, faults: ['no such route'] } : this.inspect(track, request.headers, url.searchParams, body)
    this.unexpected.push(...faults.map((fault) => `${request.method} ${url.pathname}: ${fault}`))
    if (track !== undefined && faults.length === 0) this.taken.push({ track, parameters: url.searchParams, headers: request.headers, ...brought })
    response.writeHead(faults.length === 0 ? 202 : 400, { 'content-type': 'application/json' })
    response.end(faults.length === 0 ? '{"request_id":"accepted"}' : JSON.stringify({ errors: faults }))
  }

  private inspect(track: Track, headers: IncomingHttpHeaders, parameters: URLSearchParams, body: Buffer): Brought & { faults: string[] } {
    const { faults, ...brought } = this.read(track, headers, parameters, body)
    return { ...brought, faults: [...parameterFaults(track, parameters, this.clientToken), ...headerFaults(track, headers), ...faults] }
  }

  private read(track: Track, headers: IncomingHttpHeaders, parameters: URLSearchParams, body: Buffer): Brought & { faults: string[] } {
    const deflated = parameters.get('dd-evp-encoding') === 'deflate'
    switch (track) {
      case 'rum':
        return { ...NOTHING, ...readRum(body, deflated, this.schema) }
      case 'logs':
        return { ...NOTHING, ...readLogs(body, deflated, this.schema) }
      case 'replay': {
        const { segment, faults } = readReplay(body, headers['content-type'] ?? '', this.schema)
        return { ...NOTHING, segments: segment === undefined ? [] : [segment], faults }
      }
    }
  }
}
