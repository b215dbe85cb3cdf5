import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { findMatch } from '../src/match.ts';
import { livingSession, newSessionId } from '../src/session-id.ts';
import { headersOf, isSampled, newTraceIds, traceOf } from '../src/tracing.ts';
import type { CheckedOptions, InitOptions, Match, TracingUrl } from '../src/types.ts';

const IDS = [0x0123456789abcdefn, 0x8edcba9876543210n, 0x7fffffffffffffffn];
const API = 'https://api.example/claims';

const traced = (given: Partial<InitOptions>, sessionId = newSessionId(), input: unknown = API, init?: RequestInit) => {
  const { sessionSampleRate = 100, ...extra } = given;
  const options = { sessionSampleRate, extra: { allowedTracingUrls: ['https://api.example/'], ...extra } };
  const args: [unknown, RequestInit?] = init ? [input, init] : [input];
  const ids = traceOf(options as unknown as CheckedOptions, sessionId, input, args);
  const headers: Record<string, string> = {};
  new Headers(args[1]?.headers).forEach((value, name) => (headers[name] = value));
  return { ids, args, headers };
};

const uuid = (id: string): string => [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');

describe('trace headers', () => {
  it('have each form, with all 128 bits', () => {
    assert.deepEqual(Object.fromEntries(headersOf(IDS, 1, ['tracecontext', 'datadog', 'b3', 'b3multi']).map(([name, value]) => [name, String(value)])), {
      traceparent: '00-0123456789abcdef8edcba9876543210-7fffffffffffffff-01',
      tracestate: 'dd=s:1;o:rum',
      'x-datadog-trace-id': String(0x8edcba9876543210n),
      'x-datadog-parent-id': '9223372036854775807',
      'x-datadog-origin': 'rum',
      'x-datadog-sampling-priority': '1',
      'x-datadog-tags': '_dd.p.tid=0123456789abcdef',
      b3: '0123456789abcdef8edcba9876543210-7fffffffffffffff-1',
      'X-B3-TraceId': '0123456789abcdef8edcba9876543210',
      'X-B3-SpanId': '7fffffffffffffff',
      'X-B3-Sampled': '1',
    });
  });

  it('say so when the trace is not kept', () => {
    const { ids, headers } = traced({ traceSampleRate: 0, traceContextInjection: 'all' });
    assert.equal(ids, undefined, 'no event may name a trace that nobody keeps');
    assert.match(headers.traceparent ?? '', /-00$/);
    assert.equal(headers.tracestate, 'dd=s:0;o:rum');
    assert.equal(headers['x-datadog-sampling-priority'], '0');
  });

  it('are left out by default when the trace is not kept', () => {
    assert.deepEqual(traced({ traceSampleRate: 0 }), { ids: undefined, args: [API], headers: {} });
  });

  it('are never sent for a session that is not kept', () => {
    assert.deepEqual(traced({ sessionSampleRate: 0, traceContextInjection: 'all' }).headers, {});
  });

  it('are ids the event can name', () => {
    const { ids = '', headers } = traced({});
    assert.match(ids, /^[0-9a-f]{32}[0-7][0-9a-f]{15}$/);
    assert.equal(headers.traceparent, `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`);
    assert.equal(headers['x-datadog-trace-id'], String(BigInt(`0x${ids.slice(16, 32)}`)));
    assert.notEqual(newTraceIds(), newTraceIds());
  });

  it('come beside the headers of the page, and leave its options alone', () => {
    const init = { method: 'POST', body: 'x', headers: [['x-own', '1']] as [string, string][], credentials: 'include' as const };
    const { args, headers } = traced({}, undefined, API, init);
    assert.equal(headers['x-own'], '1');
    assert.ok(headers.traceparent);
    assert.deepEqual(init.headers, [['x-own', '1']], "the page's own object is not written to");
    const { headers: _, ...rest } = args[1]!;
    assert.deepEqual(rest, { method: 'POST', body: 'x', credentials: 'include' });
  });

  it('keep the headers of a Request, whose body is not touched', async () => {
    const request = new Request(API, { method: 'POST', body: 'claim', headers: { 'x-own': '1' } });
    const { args, headers } = traced({}, undefined, request);
    assert.equal(headers['x-own'], '1');
    assert.equal(args[0], request);
    assert.equal(request.bodyUsed, false);
    const sent = new Request(args[0] as Request, args[1]);
    assert.equal(await sent.text(), 'claim');
    assert.ok(sent.headers.get('traceparent'));
  });

  it('stay away where they would do harm or be lost', () => {
    const own = { headers: { traceparent: '00-1-2-01' } };
    assert.equal(traced({}, undefined, API, own).ids, undefined, 'the page traces it itself');
    assert.equal(traced({}, undefined, API, { mode: 'no-cors' }).ids, undefined, 'the browser would drop them');
    const asOptions = new Request(API, { method: 'POST', body: 'x' });
    assert.equal(traced({}, undefined, API, asOptions as RequestInit).args[1], asOptions, 'a copy would lose the method');
    assert.deepEqual(traced({}, undefined, 'https://other.example/').headers, {}, 'a request of another origin stays simple');
  });

  it('have a baggage of the session alone, and only when asked for', () => {
    const sessionId = newSessionId();
    assert.equal(traced({}, sessionId).headers.baggage, undefined);
    assert.equal(traced({ propagateTraceBaggage: true }, sessionId).headers.baggage, `session.id=${uuid(sessionId)}`);
    const own = { headers: { baggage: 'shop=7' } };
    assert.equal(traced({ propagateTraceBaggage: true }, sessionId, API, own).headers.baggage, `shop=7, session.id=${uuid(sessionId)}`);
  });

  it('have the forms of the entry that matches first', () => {
    const entries: (Match | TracingUrl)[] = [{ match: /claims$/, propagatorTypes: ['b3'] }, 'https://api.example/'];
    assert.deepEqual(Object.keys(traced({ allowedTracingUrls: entries }).headers), ['b3']);
    assert.ok(traced({ allowedTracingUrls: entries }, undefined, `${API}?x`).headers.traceparent);
  });
});

describe('a match', () => {
  const global = /claims/g;
  for (const [name, match, url, expected] of [
    ['a text the URL begins with', 'https://api.', API, true],
    ['a text within the URL', 'api.example', API, false],
    ['an expression', /CLAIMS/i, API, true],
    ['an expression that remembers where it was', global, API, true],
    ['the same again', global, API, true],
    ['a function', (url: string) => url.endsWith('/claims'), API, true],
    ['a function that says no', () => false, API, false],
  ] as const) {
    it(`may be ${name}`, () => {
      assert.equal(findMatch([match as Match], url) !== undefined, expected);
      assert.equal(findMatch([{ match: match as Match }], url) !== undefined, expected);
    });
  }
});

describe('sampling', () => {
  const official = (): ((identifier: bigint, rate: number) => boolean) => {
    const root = new URL('../../tests/node_modules/@datadog/browser-core/cjs/domain/sampler.js', import.meta.url);
    if (!existsSync(root)) {
      // The same rule in whole numbers, which cannot round.
      return (id, rate) => BigInt.asUintN(64, id * 1_111_111_111_111_111_111n) <= (BigInt(Math.round(rate * 1e6)) << 64n) / 100_000_000n;
    }
    return createRequire(import.meta.url)(root.pathname).sampleUsingKnuthFactor;
  };

  it("decides as Datadog's SDK does, for any session and rate", () => {
    const reference = official();
    let kept = 0;
    for (let index = 0; index < 5_000; index += 1) {
      const id = newSessionId();
      const rate = [0.5, 1, 10, 33.3, 50, 99, 99.99][index % 7]!;
      const decision = isSampled(id, rate);
      kept += +decision;
      assert.equal(decision, reference(BigInt(`0x${id.slice(20)}`), rate), `${id} at ${rate} %`);
    }
    assert.ok(kept > 1_500 && kept < 3_500, `${kept} of 5,000`);
    const first = '00000000000040008000000000000000';
    assert.deepEqual([isSampled(first, 100), isSampled(first, 0)], [true, false]);
  });

  it('traces the share of a share', () => {
    let [sessions, traces] = [0, 0];
    for (let index = 0; index < 4_000; index += 1) {
      const id = newSessionId();
      const { ids } = traced({ sessionSampleRate: 50, traceSampleRate: 40 }, id);
      const isKept = isSampled(id, 50);
      sessions += +isKept;
      traces += +!!ids;
      assert.ok(isKept || !ids, 'a trace of a session nobody keeps');
    }
    assert.ok(Math.abs(traces / sessions - 0.4) < 0.05, `${traces} of ${sessions}`);
  });
});

describe('the session before the core is there', () => {
  const NOW = 1_795_000_000_000;
  const id = newSessionId();
  for (const [name, stored, expected] of [
    ['that lives', `${id}.${NOW - 5_000}.${NOW - 1_000}`, id],
    ['that was kept for its error', `${id}.${NOW - 5_000}.${NOW - 1_000}.1`, id],
    ['of a visitor who has been away', `${id}.${NOW - 2_000_000}.${NOW - 900_000}`, undefined],
    ['that is too old', `${id}.${NOW - 14_400_000}.${NOW - 1}`, undefined],
    ['that was stopped', `${id}.${NOW - 5_000}.0`, undefined],
    ['from the future', `${id}.${NOW + 1}.${NOW + 1}`, undefined],
    ['that is none', 'x', undefined],
    ['that is not there', '', undefined],
  ] as const) {
    it(`is one ${name}`, () => assert.equal(livingSession(stored, NOW), expected));
  }

  it('has an id of the usual form', () => {
    assert.match(newSessionId(), /^[0-9a-f]{12}4[0-9a-f]{3}a[0-9a-f]{15}$/);
  });
});
