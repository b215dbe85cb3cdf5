// The shop's own back end, small enough to live in the web server: claims, a late service notice, refills, and
// an eligibility check that is always unavailable so that a failing request can be seen.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { CLAIMS, SERVICE_NOTICE } from './claims-data.ts'

/** Late enough that the list is painted first, so the notice pushes it down: a layout shift on purpose. */
const NOTICE_DELAY_MS = 900

/** No refill form of ours is larger; a body beyond it is not read. */
const MAX_REFILL_BYTES = 16 * 1024

type Answer = { status: number; body: unknown }

export function claimsApi(): Plugin {
  const middleware: Connect.NextHandleFunction = (request, response, next) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    if (!path.startsWith('/api/')) return next()
    answer(request, path).then(({ status, body }) => sendJson(response, status, body), next)
  }
  return {
    name: 'claims-api',
    configureServer: (server) => void server.middlewares.use(middleware),
    configurePreviewServer: (server) => void server.middlewares.use(middleware),
  }
}

async function answer(request: IncomingMessage, path: string): Promise<Answer> {
  if (request.method === 'POST' && path === '/api/refills') return acceptRefill(request)
  if (request.method !== 'GET') return { status: 405, body: { reason: 'Only GET is answered here.' } }
  if (path === '/api/claims') return { status: 200, body: CLAIMS }
  if (path === '/api/notice') {
    await new Promise((resolve) => setTimeout(resolve, NOTICE_DELAY_MS))
    return { status: 200, body: SERVICE_NOTICE }
  }
  const [, id, rest] = /^\/api\/claims\/([^/]+)(\/eligibility)?$/.exec(path) ?? []
  const claim = CLAIMS.find((candidate) => candidate.id === id)
  if (claim === undefined) return { status: 404, body: { reason: 'No such claim.' } }
  if (rest !== undefined) return { status: 503, body: { reason: 'The payer does not answer at the moment.' } }
  return { status: 200, body: claim }
}

async function acceptRefill(request: IncomingMessage): Promise<Answer> {
  let receivedBytes = 0
  for await (const chunk of request) {
    receivedBytes += (chunk as Buffer).length
    if (receivedBytes > MAX_REFILL_BYTES) return { status: 413, body: { reason: 'The form is too large.' } }
  }
  return { status: 201, body: { reference: 'RF-20418', readyOn: '2026-11-25' } }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('cache-control', 'no-store')
  response.end(JSON.stringify(body))
}
