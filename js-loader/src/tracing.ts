/** Trace headers: what makes a request of the page and the spans of the back end one trace. */
import { findMatch } from './match.ts';
import { dashed, hex, random } from './session-id.ts';
import type { AdmittedOptions, PropagatorType, TracingUrl } from './types.ts';

/** Knuth's factor: the hash by which Datadog's SDKs and tracers sample, and `rum-wasm/src/session.rs` too. */
const FACTOR = 1_111_111_111_111_111_111n;

/** Whether the share `rate` (percent) of sessions has this one; of two shares the larger has all of the smaller. */
export function isSampled(sessionId: string, rate: number): boolean {
  return rate > 0 && Number(BigInt.asUintN(64, BigInt(`0x${sessionId.slice(-12)}`) * FACTOR)) <= (rate / 100) * 2 ** 64;
}

/**
 * Adds trace headers, where the application wants them: to an `XMLHttpRequest` opened for `input`, or to the
 * arguments of a `fetch`. Answers trace id and span id, 32 and 16 hexadecimal digits, of a trace that is kept.
 */
export function traceOf(options: AdmittedOptions, sessionId: string, input: any, carrier: any): string | undefined {
  const source = input instanceof Request ? input : new Request(input);
  // Checked where the core is (`extras.ts`): a wrong one traces nothing, and the developer is told.
  const { allowedTracingUrls, traceSampleRate = 100, traceContextInjection, propagateTraceBaggage } = options;
  const rule = findMatch<TracingUrl>(allowedTracingUrls!, source.url);
  // The share of a share, so that every kept trace is of a kept session.
  const { sessionSampleRate: rate = 100 } = options;
  const isKept = isSampled(sessionId, (rate * traceSampleRate) / 100);
  if (!rule || !(isKept || (traceContextInjection === 'all' && isSampled(sessionId, rate)))) return undefined;
  const ids = newTraceIds();
  const added = headersOf(ids, +isKept, rule.propagatorTypes);
  if (propagateTraceBaggage) {
    added.push(['baggage', `session.id=${dashed(sessionId)}`]);
  }
  let add = (name: string, value: string): void => carrier.setRequestHeader(name, value);
  if (!carrier.open) {
    const [, init] = carrier;
    const headers = new Headers(init?.headers ?? source.headers);
    // Not where the page traces the request itself, nor where the browser would drop our headers. A `Request`
    // given for options has them not as properties of its own: a copy would lose them.
    if (headers.has(added[0]![0]) || (init?.mode ?? source.mode) === 'no-cors' || init instanceof Request) return undefined;
    add = (name, value) => headers.append(name, value);
    carrier[1] = { ...init, headers };
  }
  for (const [name, value] of added) add(name, value);
  return isKept ? ids.map(hex).join('') : undefined;
}

/** Upper and lower half of a trace id, and a span id of 63 bits: some tracers read ids as signed numbers. */
export function newTraceIds(): bigint[] {
  const [high, low, span] = random(3) as [bigint, bigint, bigint];
  return [high, low, span >> 1n];
}

/** The headers of a trace in the given forms. */
export function headersOf(ids: bigint[], sampled: number, types?: PropagatorType[] | null): [string, string][] {
  const [high, low, span] = ids.map(hex);
  const trace = `${high}${low}`;
  const forms: Record<PropagatorType, Record<string, unknown>> = {
    tracecontext: { traceparent: `00-${trace}-${span}-0${sampled}`, tracestate: `dd=s:${sampled};o:rum` },
    datadog: {
      'x-datadog-trace-id': ids[1],
      'x-datadog-parent-id': ids[2],
      'x-datadog-origin': 'rum',
      'x-datadog-sampling-priority': sampled,
      'x-datadog-tags': `_dd.p.tid=${high}`,
    },
    b3: { b3: `${trace}-${span}-${sampled}` },
    b3multi: { 'X-B3-TraceId': trace, 'X-B3-SpanId': span, 'X-B3-Sampled': sampled },
  };
  return (types ?? ['tracecontext', 'datadog'] as const).flatMap((type) => Object.entries(forms[type] as Record<string, string>));
}
