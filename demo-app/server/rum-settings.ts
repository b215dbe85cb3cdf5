// Tells the page where its collector is, when the page is served: one build works on any port and for any
// application. The values travel as <meta> elements, which every Content-Security-Policy allows.

import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import type { Connect, HtmlTagDescriptor, Plugin } from 'vite'

/** What the environment may set, and what holds if it does not: the collector's own defaults. */
const SETTINGS = [
  { meta: 'rum-endpoint', variable: 'VITE_RUM_ENDPOINT', otherwise: 'http://127.0.0.1:8080' },
  { meta: 'rum-application-id', variable: 'VITE_RUM_APPLICATION_ID', otherwise: '3fa85f64-5717-4562-b3fc-2c963f66afa6' },
] as const

export function rumSettings({ builtIndex }: { builtIndex: string }): Plugin {
  return {
    name: 'rum-settings',
    // `vite dev` passes every page through here; at build the page is left without the values on purpose.
    transformIndexHtml: {
      order: 'post',
      handler: (_html, context) => (context.server === undefined ? [] : metaTags()),
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        if (asksForPage(request)) void sendPage(builtIndex, response, next)
        else next()
      })
    },
  }
}

function metaTags(): HtmlTagDescriptor[] {
  return SETTINGS.map(({ meta, variable, otherwise }) => ({
    tag: 'meta',
    injectTo: 'head-prepend',
    attrs: { name: meta, content: process.env[variable] ?? otherwise },
  }))
}

/** Every path without a file ending is a route of the single-page app. */
function asksForPage(request: Connect.IncomingMessage): boolean {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  return request.method === 'GET' && !path.startsWith('/api/') && !/\.[a-z0-9]+$/i.test(path)
}

async function sendPage(builtIndex: string, response: ServerResponse, next: Connect.NextFunction): Promise<void> {
  try {
    const page = await readFile(builtIndex, 'utf8')
    const tags = metaTags().map(({ attrs }) => `<meta name="${attrs?.['name']}" content="${escapeAttribute(String(attrs?.['content']))}">`)
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    response.end(page.replace('<head>', `<head>${tags.join('')}`))
  } catch (error) {
    next(error)
  }
}

function escapeAttribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
