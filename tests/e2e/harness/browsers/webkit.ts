// WebKit, Safari's engine: WebKitGTK's own driver and small browser, over W3C WebDriver, on a screen nobody sees.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from '../child.ts'
import { freeOrigin } from '../demo.ts'
import { eventually } from '../eventually.ts'
import type { RunningBrowser } from './browser.ts'
import { type InputSource, WebDriverTab } from './webdriver-tab.ts'

export interface WebkitPrograms { driver: string; miniBrowser: string; xvfb: string }

/** As large as the windows of the other two. */
const SCREEN = '1280x800x24'

export async function startWebkit({ driver, miniBrowser, xvfb }: WebkitPrograms): Promise<RunningBrowser> {
  const homeDir = await mkdtemp(join(tmpdir(), 'rum-webkit-'))
  const screen = new Child('Xvfb', xvfb, ['-displayfd', '1', '-screen', '0', SCREEN, '-nolisten', 'tcp'])
  const ends: (() => Promise<void>)[] = [() => rm(homeDir, { recursive: true, force: true, maxRetries: 5 }), () => screen.stop()]
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  try {
    const display = await screen.firstLine('its number', (line) => /^\d+$/.exec(line)?.[0])
    const { origin, port } = new URL(await freeOrigin())
    const webdriver = new Child('WebKitWebDriver', driver, [`--port=${port}`, '--host=127.0.0.1'], { env: environment(display, homeDir) })
    ends.push(() => webdriver.stop())
    const session = await Session.begin(origin, miniBrowser)
    ends.push(() => session.end())
    return { open: (url) => session.openTab(url), stop }
  } catch (fault) {
    await stop()
    throw fault
  }
}

/** The sandbox needs rights that neither root in a container nor a CI runner has; all it opens are our own pages. */
function environment(display: string, homeDir: string): NodeJS.ProcessEnv {
  const folders = Object.fromEntries(['HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'].map((name) => [name, homeDir]))
  return { ...process.env, ...folders, DISPLAY: `:${display}`, GDK_BACKEND: 'x11', WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }
}

/** One browser. A session has one current window, so what different tabs want is done one after the other. */
class Session {
  private readonly url: string
  /** The window the browser came with: it stays open and empty, because a session ends with its last window. */
  private readonly first: string
  private last: Promise<unknown> = Promise.resolve()

  private constructor(url: string, first: string) {
    this.url = url
    this.first = first
  }

  static async begin(origin: string, binary: string): Promise<Session> {
    const options = { binary, args: ['--automation'] }
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options, timeouts: { script: 60_000 } } }
    await eventually('the WebKit driver listens', () => command('GET', `${origin}/status`))
    const { sessionId } = await command<{ sessionId: string }>('POST', `${origin}/session`, { capabilities })
    const url = `${origin}/session/${sessionId}`
    return new Session(url, await command<string>('GET', `${url}/window`))
  }

  async openTab(url: string): Promise<WebkitTab> {
    // A window of its own: this small browser opens tabs behind the one in front, where nothing is painted.
    const { handle } = await this.in<{ handle: string }>(this.first, 'POST', '/window/new', { type: 'window' })
    const tab = new WebkitTab(this, handle)
    await tab.goTo(url)
    return tab
  }

  in<T>(handle: string, method: 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    return this.alone(async () => {
      await command('POST', `${this.url}/window`, { handle })
      return command<T>(method, this.url + path, body)
    })
  }

  async end(): Promise<void> {
    await command('DELETE', this.url)
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work)
    this.last = done.catch(() => undefined)
    return done
  }
}

class WebkitTab extends WebDriverTab {
  private readonly session: Session
  private readonly handle: string

  constructor(session: Session, handle: string) {
    super()
    this.session = session
    this.handle = handle
  }

  async goTo(url: string): Promise<void> {
    await this.session.in(this.handle, 'POST', '/url', { url })
  }

  async close(): Promise<void> {
    await this.session.in(this.handle, 'DELETE', '/window')
  }

  protected async ask(expression: string): Promise<unknown> {
    const script = `const done = arguments[0]; ${expression}.then((value) => done({ value }), (fault) => done({ fault: String(fault) }))`
    const { value, fault } = await this.session.in<{ value?: unknown; fault?: string }>(this.handle, 'POST', '/execute/async', { script, args: [] })
    if (fault !== undefined) throw new Error(fault)
    return value
  }

  protected async perform(source: InputSource): Promise<void> {
    await this.session.in(this.handle, 'POST', '/actions', { actions: [source] })
  }
}

/** One command of W3C WebDriver (https://www.w3.org/TR/webdriver2/#endpoints). */
async function command<T>(method: 'GET' | 'POST' | 'DELETE', url: string, body?: object): Promise<T> {
  const init: RequestInit = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const { value } = (await (await fetch(url, init)).json()) as { value: T & { error?: string; message?: string } }
  if (value?.error !== undefined) throw new Error(`${value.error}: ${value.message}`)
  return value
}
