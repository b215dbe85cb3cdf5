// One small face for three engines, so that a scenario is written once. What only one engine can do is not here:
// hidden and restored tabs are driven over Chromium's own protocol (raw-chromium.ts).

export type BrowserName = 'chromium' | 'firefox' | 'webkit'

export interface RunningBrowser {
  /**
   * A new tab, in front, loaded; where the browser can, of a visitor who was never here. One who was has a session
   * stored, and then nothing tells from outside whether the SDK's core already runs in the new page.
   */
  open(url: string): Promise<Tab>
  stop(): Promise<void>
}

export interface Tab {
  /** What the function returns in the page, waited for if it is a promise; both ways as JSON. */
  evaluate<Args extends unknown[], T>(inPage: (...args: Args) => T | Promise<T>, ...args: Args): Promise<T>
  /** A trusted click in the middle of an element. */
  click(selector: string): Promise<void>
  /** Trusted key presses in an element that can be written in. */
  type(selector: string, text: string): Promise<void>
  /** Goes elsewhere and waits until that is loaded. */
  goTo(url: string): Promise<void>
  /** One step back in the tab's history; what comes of it is to be waited for. */
  back(): Promise<void>
  close(): Promise<void>
}

/**
 * An expression whose promise is the JSON of what the function returns. The functions come out of a compiler that
 * names inner functions through a helper of its own, which no page has.
 */
export function expressionOf(inPage: (...args: never[]) => unknown, args: readonly unknown[]): string {
  return `(async () => { const __name = (named) => named; return JSON.stringify(await (${String(inPage)})(...${JSON.stringify(args)})) })()`
}

export function valueOf<T>(json: unknown): T {
  return (typeof json === 'string' ? JSON.parse(json) : undefined) as T
}
