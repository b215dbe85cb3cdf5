// Two web servers on random ports: the host page's own origin, and the CDN the SDK comes from.

import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, extname, join, normalize } from 'node:path'
import { pause } from './eventually.ts'
import { noiseBitmap } from './noise-bitmap.ts'
import { places, requireBuilt } from './places.ts'
import { readBody } from './read-body.ts'

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Where the cases of replay are on the host site. */
const REPLAY_CASES = '/replay/'
/** Where the SDK is, for pages that serve it themselves: their replay engine runs in a worker. Folders below say whose requests they are. */
const OWN_SDK = '/sdk/'

type Answer = { body: Buffer | string; contentType: string; headers?: Record<string, string> }

/** A server of files; what it cannot find is a 404, and every request is remembered. */
class FileServer {
  readonly requests: string[] = []
  /** Bodies that pages posted here, for those that nobody can ask. */
  readonly beacons: string[] = []
  private readonly server: Server
  private readonly respond: (url: URL) => Promise<Answer>

  constructor(respond: (url: URL) => Promise<Answer>) {
    this.respond = respond
    this.server = createServer((request, response) => void this.answer(request, response))
  }

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

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin)
    this.requests.push(url.pathname)
    if (request.method === 'POST') {
      this.beacons.push((await readBody(request)).toString())
      response.writeHead(204).end()
      return
    }
    try {
      const { body, contentType, headers } = await this.respond(url)
      // Not `no-store`: it would keep pages out of the back-forward cache.
      response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-cache', ...headers }).end(body)
    } catch (error) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(String(error))
    }
  }
}

/** Serves `dist/sdk` as a CDN would: other origins may read it, and it can be slow. */
export class Cdn extends FileServer {
  /** Applied to every file but the loader itself. */
  coreDelay_ms = 0

  constructor() {
    super(async ({ pathname }) => {
      if (pathname !== '/rum.js') await pause(this.coreDelay_ms)
      return {
        body: await readFile(join(requireBuilt(places.sdk), normalize(pathname))),
        contentType: contentTypeOf(pathname),
        headers: { 'access-control-allow-origin': '*', 'timing-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' },
      }
    })
  }
}

export interface PageContext { cdn: string; endpoint: string; applicationId: string; clientToken: string }

/** Serves `tests/e2e/pages`, the cases of replay, the reference libraries, and images that come late. */
export class HostSite extends FileServer {
  /** Extra response headers by path, such as a Content-Security-Policy. */
  readonly pageHeaders = new Map<string, Record<string, string>>()
  /** Files that tests make, by path. */
  readonly made = new Map<string, string>()
  context: PageContext | undefined

  constructor() {
    super(async (url) => {
      const made = this.made.get(url.pathname)
      if (made !== undefined) return { body: made, contentType: contentTypeOf(url.pathname) }
      if (url.pathname.startsWith('/vendor/')) return vendorFile(url.pathname.slice('/vendor/'.length))
      if (url.pathname === '/npm/worker.js') {
        return { body: await readFile(join(requireBuilt(places.npm), 'worker.js')), contentType: contentTypeOf(url.pathname) }
      }
      if (url.pathname === '/noise.bmp') {
        await pause(Number(url.searchParams.get('after_ms')))
        return { body: noiseBitmap(), contentType: 'image/bmp' }
      }
      if (url.pathname.startsWith(REPLAY_CASES)) return caseFile(url)
      if (url.pathname.startsWith(OWN_SDK)) return { body: await readFile(join(requireBuilt(places.sdk), basename(url.pathname))), contentType: contentTypeOf(url.pathname) }
      return this.page(url)
    })
  }

  /** `{{name}}` in a page stands for a value of the context or of the page's own query string. */
  private async page({ pathname, searchParams }: URL): Promise<Answer> {
    const text = await readFile(join(places.pages, normalize(pathname)), 'utf8')
    const values: Record<string, string> = { ...this.context, ...Object.fromEntries(searchParams) }
    const body = text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined) throw new Error(`${pathname} asks for {{${name}}}, which nobody gave`)
      return value
    })
    return { body, contentType: contentTypeOf(pathname), headers: this.pageHeaders.get(pathname) ?? {} }
  }
}

/** A file of a case of replay, late if it is asked for so. */
async function caseFile({ pathname, searchParams }: URL): Promise<Answer> {
  if (pathname === `${REPLAY_CASES}player.js`) return { body: await readFile(join(requireBuilt(places.viewer), 'player.js')), contentType: contentTypeOf(pathname) }
  await pause(Number(searchParams.get('after_ms')))
  return { body: await readFile(join(places.replayCases, normalize(pathname.slice(REPLAY_CASES.length)))), contentType: contentTypeOf(pathname) }
}

const VENDOR_FILES: Readonly<Record<string, string>> = {
  'web-vitals.js': 'web-vitals/dist/web-vitals.attribution.iife.js',
  'zone.js': 'zone.js/bundles/zone.umd.min.js',
  'rrweb.js': 'rrweb/dist/rrweb.umd.min.cjs',
  'datadog-rum.js': '@datadog/browser-rum/bundle/datadog-rum.js',
  'datadog-logs.js': '@datadog/browser-logs/bundle/datadog-logs.js',
}

async function vendorFile(name: string): Promise<Answer> {
  // The recorder is a chunk that the official SDK loads from beside itself, under a name with a hash.
  const file = VENDOR_FILES[name] ?? (/^chunks\/[\w-]+\.js$/.test(name) ? `@datadog/browser-rum/bundle/${name}` : undefined)
  if (file === undefined) throw new Error(`no such library: ${name}`)
  return { body: await readFile(join(places.packages, file)), contentType: contentTypeOf(name) }
}

function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? 'application/octet-stream'
}
