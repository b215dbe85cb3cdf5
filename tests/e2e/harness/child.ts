// A process the tests started: its output is kept, it is waited for, and it ends by its own pid.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { eventually } from './eventually.ts'

/** After this long a process asked to stop is killed; the collector's own grace period is shorter. */
const STOP_GRACE_MS = 15_000

/** Enough to explain a failure. */
const KEPT_LINES = 400

export class Child {
  readonly lines: string[] = []
  private readonly process: ChildProcess
  private readonly name: string

  constructor(name: string, command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
    this.name = name
    this.process = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.process.on('error', (error) => this.keep(`could not start: ${error.message}`))
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.keep(line))
    }
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null
  }

  /** The first answer `find` gives for a line of output. */
  async firstLine<T>(what: string, find: (line: string) => T | undefined): Promise<T> {
    return eventually(`${this.name} says ${what}`, () => {
      for (const line of this.lines) {
        const found = find(line)
        if (found !== undefined) return found
      }
      throw new Error(`its output so far:\n${this.lines.slice(-20).join('\n')}`)
    })
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.running) return
    const ended = once(this.process, 'exit')
    this.process.kill(signal)
    await ended
  }

  async stop(): Promise<void> {
    const last = setTimeout(() => this.process.kill('SIGKILL'), STOP_GRACE_MS)
    await this.kill('SIGTERM')
    clearTimeout(last)
  }

  private keep(line: string): void {
    this.lines.push(line)
    if (this.lines.length > KEPT_LINES) this.lines.shift()
  }
}
