/** What posts to the collector have in common, events and recordings alike. */

export type Bytes = Uint8Array<ArrayBuffer>;

/** Keeps the request CORS-simple: no preflight. */
export const HEADERS = { 'Content-Type': 'text/plain;charset=UTF-8' };

/** The zlib stream (RFC 1950) of a body. */
export async function deflate(body: Bytes): Promise<Bytes> {
  const plain = new Response(body).body as ReadableStream<Bytes>;
  const deflated = new Response(plain.pipeThrough(new CompressionStream('deflate')));
  return new Uint8Array(await deflated.arrayBuffer());
}
