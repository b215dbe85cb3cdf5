// What a page says and asks for, collected from its first moment.

import type { Page } from 'playwright-core'

export interface Heard {
  /** Console warnings and errors of the SDK. */
  ours: string[]
  /** Exceptions nobody caught. */
  uncaught: string[]
  /** URLs the page asked for. */
  requests: string[]
}

export function listenTo(page: Page): Heard {
  const heard: Heard = { ours: [], uncaught: [], requests: [] }
  page.on('console', (message) => {
    if (message.text().startsWith('[rum-wasm]')) heard.ours.push(message.text())
  })
  page.on('pageerror', (error) => heard.uncaught.push(error.message))
  page.on('request', (request) => heard.requests.push(request.url()))
  return heard
}
