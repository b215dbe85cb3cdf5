// Stands between page and collector and writes down what the browser really sent and what the collector answered:
// a page can tell neither what became of a beacon nor which bytes a form became.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, ask } from './http-request.ts'
import { readBody } from './read-body.ts'

/** Headers that speak of one connection; the next one has its own. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host'])

export interface Request { method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }

export interface Seen extends Request { status: number }

type Upstream = (request: Request) => Promise<Answer>

export class Witness {
  readonly seen: Seen[] = []
  /** What the page hears in place of the true answer: as if that was lost on the way back. */
  answerInstead: number | undefined
  private readonly server: Server
  private readonly upstream: Upstream

  private constructor(upstream: Upstream) {
    this.upstream = upstream
    this.server = createServer((request, response) => {
      // A page or a collector that is gone has nobody to answer to.
      this.pass(request, response).catch(() => response.destroy())
    })
  }

  static async start(upstream: Upstream): Promise<Witness> {
    const witness = new Witness(upstream)
    await new Promise<void>((resolve) => witness.server.listen(0, '127.0.0.1', resolve))
    return witness
  }

  /** Passes everything on as it came. */
  static before(url: string): Promise<Witness> {
    return Witness.start(({ method, path, headers, body }) => ask(new URL(path, url), method, endToEnd(headers), body))
  }

  /** Takes whatever comes from any page. */
  static alone(): Promise<Witness> {
    return Witness.start(() => Promise.resolve({ status: 202, headers: { 'access-control-allow-origin': '*' }, body: Buffer.alloc(0) }))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  posts(): Seen[] {
    return this.seen.filter(({ method }) => method === 'POST')
  }

  /** What the collector has promised to keep. */
  acknowledged(): Seen[] {
    return this.posts().filter(({ status }) => status === 202)
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  private async pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming
    const request = { method, path, headers, body: await readBody(incoming) }
    const answer = await this.upstream(request)
    this.seen.push({ ...request, status: answer.status })
    response.writeHead(this.answerInstead ?? answer.status, endToEnd(answer.headers)).end(answer.body)
  }
}

/** What a page sends while it goes, and never hears of again. */
export function isBeacon({ headers }: Seen): boolean {
  return headers['sec-fetch-mode'] === 'no-cors'
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))
}
