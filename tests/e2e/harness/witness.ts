// Stands between page and collector and writes down what the browser really sent and what the collector answered:
// a page can tell neither what became of a beacon nor which bytes a form became.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from './read-body.ts'

/** Headers of one connection; the other connection has its own. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']

export interface Seen { method: string; url: URL; headers: IncomingHttpHeaders; body: Buffer; status: number }

/** Hands a request on and says how it was answered. */
type Upstream = (request: { method: string; path: string; headers: Headers; body: Buffer }) => Promise<Response>

export class Witness {
  readonly seen: Seen[] = []
  private readonly server: Server
  private readonly upstream: Upstream

  private constructor(upstream: Upstream) {
    this.upstream = upstream
    this.server = createServer((request, response) => {
      // A page or a collector that is gone has nobody to answer to.
      this.pass(request, response).catch(() => response.destroy())
    })
  }

  /** In front of a server; `target` is asked each time, for a restarted one may have moved. */
  static before(target: () => string): Promise<Witness> {
    return Witness.start(({ method, path, headers, body }) =>
      fetch(new URL(path, target()), { method, headers, redirect: 'manual', ...(body.length === 0 ? {} : { body: new Uint8Array(body) }) }))
  }

  /** Alone: takes whatever comes from any page. */
  static takingAll(): Promise<Witness> {
    return Witness.start(() => Promise.resolve(new Response(null, { status: 202, headers: { 'access-control-allow-origin': '*' } })))
  }

  private static async start(upstream: Upstream): Promise<Witness> {
    const witness = new Witness(upstream)
    await new Promise<void>((resolve) => witness.server.listen(0, '127.0.0.1', resolve))
    return witness
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** What the collector has promised to keep. */
  acknowledged(): Seen[] {
    return this.seen.filter(({ method, status }) => method === 'POST' && status === 202)
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const [method, path] = [request.method ?? 'GET', request.url ?? '/']
    const answer = await this.upstream({ method, path, headers: passedOn(request.headers), body })
    this.seen.push({ method, url: new URL(path, this.url), headers: request.headers, body, status: answer.status })
    const text = Buffer.from(await answer.arrayBuffer())
    response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => !HOP_BY_HOP.includes(name)))).end(text)
  }
}

function passedOn(headers: IncomingHttpHeaders): Headers {
  const passed = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) passed.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return passed
}
