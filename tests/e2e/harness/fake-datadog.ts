// A stand-in for Datadog's RUM intake that takes only what the real one would, and remembers every deviation.
// A fake proves only what it enforces: `unexpected` must be empty at the end of every test (see stack.ts).

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIP, type AddressInfo } from 'node:net'
import { inflateSync } from 'node:zlib'
import { type FindFaults, loadDatadogSchema } from './datadog-schema.ts'
import { pause } from './eventually.ts'

/** Datadog's documented payload limit. */
const MAX_BODY_BYTES = 5 * 1024 * 1024
/** Clocks of page and test are the same machine's; anything further off is a unit error. */
const MAX_EVENT_AGE_MS = 24 * 60 * 60 * 1000
const MAX_EVENT_AHEAD_MS = 60 * 1000

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const PARAMETERS: Readonly<Record<string, { required: boolean; form: RegExp }>> = {
  ddsource: { required: true, form: /^browser$/ },
  'dd-api-key': { required: true, form: /^./ },
  'dd-evp-origin': { required: true, form: /^browser$/ },
  'dd-evp-origin-version': { required: true, form: /^\d+\.\d+\.\d+/ },
  'dd-request-id': { required: true, form: UUID },
  'dd-evp-encoding': { required: false, form: /^deflate$/ },
  batch_time: { required: false, form: /^\d{13}$/ },
  '_dd.api': { required: false, form: /^(fetch|beacon|manual|fetch-keepalive)$/ },
  '_dd.retry_count': { required: false, form: /^\d+$/ },
  '_dd.retry_after': { required: false, form: /^\d+$/ },
}
/** Nothing of these is Datadog's business, and a proxy must not pass them on. */
const FORBIDDEN_HEADERS = ['cookie', 'authorization', 'proxy-authorization', 'content-encoding']

export type RumEvent = Record<string, unknown> & {
  type: string
  date: number
  view: Record<string, unknown> & { id: string; url: string }
  action?: { id: string; type: string; target?: { name: string } }
  error?: { id: string; message: string; source: string; type?: string; handling?: string; stack?: string }
}

export interface TakenRequest { parameters: URLSearchParams; headers: IncomingHttpHeaders; events: RumEvent[] }

/** What the intake does before it takes a request (a delay), or instead of it (a status). */
export interface Trouble { status?: number; retryAfter_s?: number; delay_ms?: number }

export class FakeDatadog {
  readonly taken: TakenRequest[] = []
  readonly unexpected: string[] = []
  /** Requests that met trouble. */
  troubled = 0
  trouble: Trouble | undefined
  private server: Server
  private readonly clientToken: string
  private readonly findFaults: FindFaults
  private address: AddressInfo | undefined

  private constructor(clientToken: string, findFaults: FindFaults) {
    this.clientToken = clientToken
    this.findFaults = findFaults
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
    if (trouble?.status !== undefined) {
      if (trouble.retryAfter_s !== undefined) response.setHeader('retry-after', String(trouble.retryAfter_s))
      response.writeHead(trouble.status).end()
      return
    }
    const url = new URL(request.url ?? '/', this.url)
    const { faults, events } = this.inspect(request, url, body)
    this.unexpected.push(...faults.map((fault) => `${request.method} ${url.pathname}: ${fault}`))
    if (faults.length === 0) this.taken.push({ parameters: url.searchParams, headers: request.headers, events })
    response.writeHead(faults.length === 0 ? 202 : 400, { 'content-type': 'application/json' })
    response.end(faults.length === 0 ? '{"request_id":"accepted"}' : JSON.stringify({ errors: faults }))
  }

  private inspect(request: IncomingMessage, url: URL, body: Buffer): { faults: string[]; events: RumEvent[] } {
    if (request.method !== 'POST' || url.pathname !== '/api/v2/rum') return { faults: ['no such route'], events: [] }
    const faults = [...parameterFaults(url.searchParams, this.clientToken), ...headerFaults(request.headers)]
    const { text, fault } = decodeBody(body, url.searchParams.get('dd-evp-encoding') === 'deflate')
    if (fault !== undefined) return { faults: [...faults, fault], events: [] }
    const events: RumEvent[] = []
    // Empty lines are let through: with compression on, the official SDK begins the rest it sends raw with one.
    for (const line of text.split('\n').filter((line) => line !== '')) {
      try {
        events.push(JSON.parse(line) as RumEvent)
      } catch {
        faults.push(`a line that is no JSON: ${JSON.stringify(line.slice(0, 80))}`)
      }
    }
    if (events.length === 0) faults.push('no event in the body')
    for (const event of events) {
      const eventFaults = this.findFaults(event)
      faults.push(...(eventFaults.length > 0 ? eventFaults : dateFaults(event)))
    }
    return { faults, events }
  }
}

export function documentVersion(event: RumEvent): number {
  return (event['_dd'] as { document_version: number }).document_version
}

function parameterFaults(parameters: URLSearchParams, clientToken: string): string[] {
  const faults: string[] = []
  for (const [name, { required, form }] of Object.entries(PARAMETERS)) {
    const values = parameters.getAll(name)
    if (values.length > 1) faults.push(`parameter ${name} stands ${values.length} times`)
    if (required && values.length === 0) faults.push(`parameter ${name} is missing`)
    if (values[0] !== undefined && !form.test(values[0])) faults.push(`parameter ${name} is ${JSON.stringify(values[0])}`)
  }
  for (const name of parameters.keys()) if (!(name in PARAMETERS)) faults.push(`parameter ${name} is unknown`)
  if (parameters.get('dd-api-key') !== clientToken) faults.push('dd-api-key is not the client token')
  return faults
}

function headerFaults(headers: IncomingHttpHeaders): string[] {
  const faults = FORBIDDEN_HEADERS.filter((name) => name in headers).map((name) => `header ${name} must not come`)
  if (!/^text\/plain(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) faults.push(`content-type is ${headers['content-type']}`)
  const forwardedFor = headers['x-forwarded-for']
  const address = typeof forwardedFor === 'string' ? forwardedFor.split(',')[0]?.trim() : undefined
  if (address === undefined || isIP(address) === 0) faults.push(`x-forwarded-for is ${String(forwardedFor)}`)
  if (!headers['user-agent']) faults.push('user-agent is missing')
  return faults
}

function dateFaults(event: RumEvent): string[] {
  const age_ms = Date.now() - event.date
  if (!Number.isInteger(event.date)) return [`${event.type}/date ${event.date} is not a whole number of ms`]
  return age_ms > MAX_EVENT_AGE_MS || age_ms < -MAX_EVENT_AHEAD_MS ? [`${event.type}/date is ${age_ms} ms ago`] : []
}

function decodeBody(body: Buffer, deflated: boolean): { text: string; fault?: string } {
  if (body.length === 0) return { text: '', fault: 'the body is empty' }
  try {
    const plain = deflated ? inflateSync(body, { maxOutputLength: MAX_BODY_BYTES }) : body
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(plain) }
  } catch (error) {
    return { text: '', fault: `the body cannot be read: ${String(error)}` }
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length_bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length_bytes += chunk.length
    if (length_bytes > MAX_BODY_BYTES) throw new Error(`a body over ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
