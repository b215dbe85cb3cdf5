// WebDriver BiDi (https://w3c.github.io/webdriver-bidi), as far as a test needs it: commands over one socket.

import { once } from 'node:events'
import { WebSocket } from 'ws'

type Reply = { id?: number; type: 'success' | 'error' | 'event'; result?: unknown; error?: string; message?: string }

export class BidiConnection {
  private nextId = 1
  private readonly waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  private readonly socket: WebSocket

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.settle(JSON.parse(String(data)) as Reply))
    socket.on('close', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the browser hung up'))
      this.waiting.clear()
    })
  }

  static async open(url: string): Promise<BidiConnection> {
    const socket = new WebSocket(url)
    await once(socket, 'open')
    return new BidiConnection(socket)
  }

  send<T>(method: string, params: object = {}): Promise<T> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.socket.send(JSON.stringify({ id, method, params }), (fault) => { if (fault) reject(fault) })
    })
  }

  close(): void {
    this.socket.terminate()
  }

  private settle({ id, type, result, error, message }: Reply): void {
    const waiting = id === undefined ? undefined : this.waiting.get(id)
    if (id === undefined || waiting === undefined) return
    this.waiting.delete(id)
    if (type === 'success') waiting.resolve(result as never)
    else waiting.reject(new Error(`${error}: ${message}`))
  }
}
