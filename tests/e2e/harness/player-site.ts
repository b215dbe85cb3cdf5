// The player on a page, and another server that nobody must ask for anything.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Tab } from './browsers/browser.ts'
import { eventually } from './eventually.ts'
import { places, requireBuilt } from './places.ts'

/** As the collector sends it with its replay page, but for the style attribute of the stage. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Every file of the site. */
const FILES: Readonly<Record<string, { type: string; path: () => string }>> = {
  '/player.html': { type: 'text/html; charset=utf-8', path: () => join(places.pages, 'player.html') },
  '/describe.js': { type: 'text/javascript; charset=utf-8', path: () => join(places.pages, 'describe.js') },
  '/rrweb.html': { type: 'text/html; charset=utf-8', path: () => join(places.pages, 'rrweb.html') },
  '/player-driver.js': { type: 'text/javascript; charset=utf-8', path: () => join(places.pages, 'player-driver.js') },
  '/player.js': { type: 'text/javascript; charset=utf-8', path: () => join(requireBuilt(places.viewer), 'player.js') },
  '/rrweb.js': { type: 'text/javascript; charset=utf-8', path: () => join(places.packages, 'rrweb/dist/rrweb.umd.min.cjs') },
}

export type Telling = 'whole' | 'comparable' | 'structure'

/** What `pages/player-driver.js` puts on its page. */
export interface Stage {
  told: string[]
  player: import('../../../viewer/src/player/index.ts').Player
  load(segments: unknown): void
  safely<T>(run: () => T): T | undefined
  documentAt(ms: number, how?: Telling): string
}
export type StagePage = typeof globalThis & { stage: Stage; describe(document: Document, how: Telling): string; ran?: string[] }

export class PlayerSite {
  /** Paths that were asked for and are none of the site's. */
  readonly strayed: string[] = []
  /** Requests at the server that nobody must ask. */
  readonly fetched: string[] = []
  private readonly site = createServer((request, response) => {
    const file = FILES[request.url ?? '']
    if (!file) {
      this.strayed.push(`${request.method} ${request.url}`)
      response.writeHead(404).end()
      return
    }
    void readFile(file.path()).then((body) => {
      // The page of rrweb's player is not ours to forbid anything.
      const headers = request.url === '/player.html' ? { 'content-security-policy': POLICY } : {}
      response.writeHead(200, { 'content-type': file.type, ...headers }).end(body)
    })
  })
  private readonly canary = createServer((request, response) => {
    this.fetched.push(`${request.method} ${request.url}`)
    // Whatever asks may read it, as a script if it can.
    response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' }).end('parent.ran = ["fetched script"]')
  })

  static async start(): Promise<PlayerSite> {
    const made = new PlayerSite()
    for (const server of [made.site, made.canary]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get origin(): string {
    return originOf(this.site)
  }

  get canaryOrigin(): string {
    return originOf(this.canary)
  }

  /** Goes to the page and waits until the player can be driven. */
  async open(tab: Tab): Promise<void> {
    await tab.goTo(`${this.origin}/player.html`)
    await eventually('the player is there', async () => assert.ok(await tab.evaluate(() => (globalThis as StagePage).stage !== undefined)))
  }

  async stop(): Promise<void> {
    for (const server of [this.site, this.canary]) {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
