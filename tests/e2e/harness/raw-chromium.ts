// Chromium over its own protocol, by pipe. Playwright makes every page believe that it has the focus and turns
// the back-forward cache off, so what happens to hidden and restored tabs can only be seen from here.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { CHROMIUM_FLAGS } from './chromium-flags.ts'
import { findChromium } from './places.ts'

type Reply = { id?: number; sessionId?: string; result?: unknown; error?: { message: string } }

/** Messages on the pipe end with a NUL byte. */
const END_OF_MESSAGE = '\0'

export class RawChromium {
  private nextId = 1
  private readonly waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  private readonly process: ChildProcess
  private readonly toBrowser: Writable
  private readonly profileDir: string

  private constructor(profileDir: string, moreFlags: readonly string[]) {
    this.profileDir = profileDir
    const flags = [...CHROMIUM_FLAGS, ...moreFlags, '--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profileDir}`, 'about:blank']
    this.process = spawn(findChromium(), flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    this.toBrowser = this.process.stdio[3] as Writable
    this.listen(this.process.stdio[4] as Readable)
  }

  static async start(moreFlags: readonly string[] = []): Promise<RawChromium> {
    return new RawChromium(await mkdtemp(join(tmpdir(), 'rum-chromium-')), moreFlags)
  }

  async stop(): Promise<void> {
    const ended = once(this.process, 'exit')
    await this.send('Browser.close').catch(() => this.process.kill('SIGKILL'))
    await ended
    await rm(this.profileDir, { recursive: true, force: true, maxRetries: 5 })
  }

  /** A tab in front of all others, or behind them. */
  async openTab(url: string, where: 'in front' | 'behind'): Promise<RawTab> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url, background: where === 'behind' })
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    return new RawTab(this, targetId, sessionId)
  }

  /** A tab that nobody watches: Chromium prerenders nothing in one that DevTools looks into. */
  async openUnwatchedTab(url: string): Promise<void> {
    await this.send('Target.createTarget', { url })
  }

  send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = this.nextId++
    this.toBrowser.write(JSON.stringify({ id, method, params, sessionId }) + END_OF_MESSAGE)
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }))
  }

  private listen(fromBrowser: Readable): void {
    let pending = ''
    fromBrowser.setEncoding('utf8').on('data', (text: string) => {
      const messages = (pending + text).split(END_OF_MESSAGE)
      pending = messages.pop() ?? ''
      for (const message of messages) this.settle(JSON.parse(message) as Reply)
    })
    this.process.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('Chromium ended'))
      this.waiting.clear()
    })
  }

  private settle({ id, result, error }: Reply): void {
    const waiting = id === undefined ? undefined : this.waiting.get(id)
    if (id === undefined || waiting === undefined) return
    this.waiting.delete(id)
    if (error) waiting.reject(new Error(error.message))
    else waiting.resolve(result as never)
  }
}

export class RawTab {
  private readonly chromium: RawChromium
  private readonly targetId: string
  private readonly sessionId: string

  constructor(chromium: RawChromium, targetId: string, sessionId: string) {
    this.chromium = chromium
    this.targetId = targetId
    this.sessionId = sessionId
  }

  /** Brings the tab to the front; the one that was there becomes hidden. */
  async activate(): Promise<void> {
    await this.chromium.send('Target.activateTarget', { targetId: this.targetId })
  }

  async close(): Promise<void> {
    await this.chromium.send('Target.closeTarget', { targetId: this.targetId })
  }

  async goTo(url: string): Promise<void> {
    await this.chromium.send('Page.navigate', { url }, this.sessionId)
  }

  async goBack(): Promise<void> {
    await this.evaluate('history.back()')
  }

  /** The value of an expression in the page, waited for if it is a promise. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.chromium.send<{ result: { value: T }; exceptionDetails?: { text: string } }>(
      'Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, this.sessionId,
    )
    if (exceptionDetails) throw new Error(exceptionDetails.text)
    return result.value
  }

  /** A trusted click in the middle of an element. */
  async click(selector: string): Promise<void> {
    const [x, y] = await this.evaluate<[number, number]>(
      `(({ x, y, width, height }) => [x + width / 2, y + height / 2])(document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect())`,
    )
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.chromium.send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 }, this.sessionId)
    }
  }

  /** A trusted key with the focus where it is. */
  async press(key: string): Promise<void> {
    for (const type of ['keyDown', 'keyUp']) {
      await this.chromium.send('Input.dispatchKeyEvent', { type, key, text: type === 'keyDown' ? key : undefined }, this.sessionId)
    }
  }
}
