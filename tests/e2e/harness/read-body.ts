import type { IncomingMessage } from 'node:http'

/** Datadog's documented payload limit; nothing in these tests has a reason to send more. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length_bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length_bytes += chunk.length
    if (length_bytes > MAX_BODY_BYTES) throw new Error(`a body over ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
