// An application's own back end, of another origin than its page: it says what it was asked, headers included.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from './read-body.ts'

export interface Asked { method: string; path: string; headers: IncomingHttpHeaders }

export class Api {
  /** Preflights apart. */
  readonly asked: Asked[] = []
  readonly preflights: string[] = []
  private readonly server: Server = createServer((request, response) => void this.answer(request, response))

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve))
    this.server.closeAllConnections()
    await closed
  }

  to(path: string): Asked[] {
    return this.asked.filter((one) => one.path === path)
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin)
    const method = request.method ?? ''
    const cors: Record<string, string> = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-allow-methods': '*', 'access-control-expose-headers': '*' }
    if (!searchParams.has('opaque')) cors['timing-allow-origin'] = '*'
    if (method === 'OPTIONS') {
      this.preflights.push(pathname)
      response.writeHead(204, cors).end()
      return
    }
    this.asked.push({ method, path: pathname, headers: request.headers })
    await readBody(request)
    const send = (status: number, body: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...cors, ...headers }).end(body)
    }
    if (pathname === '/moved') send(302, '', { location: '/claims' })
    else if (pathname === '/never') response.flushHeaders()
    else if (pathname === '/silent') return
    else if (pathname === '/stream') this.stream(response, cors)
    else if (pathname === '/graphql') send(200, '{"data":null,"errors":[{"message":"no"}]}', { 'x-request-id': 'id=42', etag: '"7"' })
    else send({ '/missing': 404, '/broken': 500 }[pathname] ?? 200, '{"claims":[]}')
  }

  /** In pieces, each a turn of its own. */
  private stream(response: ServerResponse, headers: Record<string, string>): void {
    response.writeHead(200, { 'content-type': 'text/plain', ...headers })
    let piece = 0
    const next = (): void => {
      if (piece++ < 5) response.write(`${piece}\n`, () => setImmediate(next))
      else response.end()
    }
    next()
  }
}
