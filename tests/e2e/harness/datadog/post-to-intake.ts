// One request as a good proxy sends it, and changed where a test asks for it.

import { randomUUID } from 'node:crypto'
import { type Answer, ask } from '../http-request.ts'

export interface Change {
  parameters?: Record<string, string | undefined>
  headers?: Record<string, string>
  path?: string
  method?: string
}

export function postToIntake(intake: { url: string; token: string }, path: string, contentType: string, body: string | Buffer, change: Change = {}): Promise<Answer> {
  const parameters: Record<string, string | undefined> = {
    ddsource: 'browser', 'dd-api-key': intake.token, 'dd-evp-origin': 'browser', 'dd-evp-origin-version': '7.16.2',
    'dd-request-id': randomUUID(), ...change.parameters,
  }
  const url = new URL(change.path ?? path, intake.url)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.append(name, value)
  const method = change.method ?? 'POST'
  const headers = { 'content-type': contentType, 'x-forwarded-for': '203.0.113.7', 'user-agent': 'Chrome', ...change.headers }
  return ask(url, method, headers, method === 'POST' ? body : undefined)
}
