/** The trace the server made the document in, as it wrote it into the page. */

import { hex } from '../session-id.ts';
import { newTraceIds } from '../tracing.ts';

/** A document older than this (ms) comes from a cache, and its trace is another visit's. */
const MAX_AGE_MS = 2 * 60_000;

/** Its id and one for the document's span, 32 and 16 hexadecimal digits. The server's form is Datadog's: decimal, or hexadecimal where it has 128 bits. */
export function documentTraceIds(): string | undefined {
  const [id = '', timeMs] = ['id', 'time'].map(
    (name) => document.querySelector<HTMLMetaElement>(`meta[name=dd-trace-${name}]`)?.content ?? inComment(name),
  );
  if (!(+timeMs! > performance.timeOrigin - MAX_AGE_MS)) return undefined;
  const traceId = /^\d{1,20}$/.test(id) ? BigInt(id).toString(16).padStart(32, '0') : id;
  return /^[\da-f]{32}$/i.test(traceId) ? traceId + hex(newTraceIds()[2]!) : undefined;
}

/** `<!-- DATADOG;trace-id=...,trace-time=... -->` outside the root element, or at the end of the body. */
function inComment(name: string): string | undefined {
  for (const node of [document, document.body].flatMap((parent) => Array.from(parent?.childNodes ?? []))) {
    const text = node.nodeType === 8 && /^\s*DATADOG;(.*)/.exec(node.nodeValue!)?.[1];
    if (text) return new RegExp(`(?:^|,)\\s*trace-${name}=(\\w+)`).exec(text)?.[1];
  }
  return undefined;
}
