import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readCalls, type PageRequest } from '../src/browser/request.ts';
import { watchRequests } from '../src/requests.ts';
import type { CheckedOptions, ExtraOptions, Requests } from '../src/types.ts';

/** A page's `XMLHttpRequest` is tested in browsers; here is only what is patched of it. */
class NoXhr {
  open(_method: string, _url: string) {}
  send(_body?: unknown) {}
  abort() {}
}

describe('the fetch of the page', () => {
  const server = createServer((request, response) => {
    received.push(request.headers);
    response.writeHead(request.url === '/missing' ? 404 : 200).end('claims');
  });
  const received: IncomingHttpHeaders[] = [];
  let origin = '';
  const original = globalThis.fetch;
  let requests: Requests;

  const watch = (extra?: ExtraOptions, trackResources = true): Requests => {
    const options = { trackResources, sessionSampleRate: 100, instance: '', extra };
    return (requests = watchRequests(options as unknown as CheckedOptions));
  };
  /** What was heard, as it is in the end. */
  const hear = (): PageRequest[] => {
    const heard: PageRequest[] = [];
    requests.hear(readCalls((request, isEnd) => void (isEnd || heard.push(request))));
    return heard;
  };

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    received.length = 0;
    Object.assign(globalThis, { XMLHttpRequest: NoXhr });
  });
  afterEach(() => {
    requests.stop();
    globalThis.fetch = original;
  });

  it('looks like the one it stands for, and so do the methods of XMLHttpRequest', () => {
    const methods = { ...Object.getOwnPropertyDescriptors(NoXhr.prototype) };
    watch();
    const pairs: [Function, Function][] = [[fetch, original]];
    for (const name of ['open', 'send', 'abort'] as const) pairs.push([NoXhr.prototype[name], methods[name]!.value as Function]);
    for (const [ours, theirs] of pairs) {
      assert.notEqual(ours, theirs);
      assert.deepEqual([ours.name, ours.length, ours.toString(), `${ours}`], [theirs.name, theirs.length, theirs.toString(), `${theirs}`]);
      assert.match(Function.prototype.toString.call(ours), /native code/);
      assert.deepEqual(Object.keys(ours), Object.keys(theirs));
    }
    const { value: _, ...descriptor } = Object.getOwnPropertyDescriptor(NoXhr.prototype, 'open')!;
    const { value: __, ...before } = methods.open!;
    assert.deepEqual(descriptor, before);
  });

  it('is put back, and only calls are passed on where somebody patched over it', async () => {
    const { open } = NoXhr.prototype;
    watch();
    const ours = globalThis.fetch;
    const theirs: typeof fetch = (...args) => ours(...args);
    globalThis.fetch = theirs;
    const heard = hear();
    requests.stop();
    assert.equal(globalThis.fetch, theirs, 'what the page put there stays');
    assert.equal(NoXhr.prototype.open, open);
    assert.equal(await (await fetch(origin)).text(), 'claims');
    assert.deepEqual(heard, []);
    globalThis.fetch = ours;
    watch().stop();
    assert.equal(globalThis.fetch, ours);
  });

  it('is left alone where nothing asks for it', () => {
    watch(undefined, false);
    assert.equal(globalThis.fetch, original);
  });

  it('carries trace headers on the first request, and hands over what was called early', async () => {
    watch({ allowedTracingUrls: [origin] });
    await fetch(`${origin}/first#hash`, { method: 'post', headers: { 'x-own': '1' } });
    await fetch(`${origin}/missing`);
    const heard = hear();
    const late = fetch(new URL(`${origin}/late`));
    await late;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      heard.map(({ url, method, status, initiatorType }) => [url, method, status, initiatorType]),
      [
        [`${origin}/first`, 'POST', 200, 'fetch'],
        [`${origin}/missing`, 'GET', 404, 'fetch'],
        [`${origin}/late`, 'GET', 200, 'fetch'],
      ],
    );
    for (const [index, headers] of received.entries()) {
      const ids = heard[index]!.traceIds!;
      assert.equal(headers.traceparent, `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`);
    }
    assert.equal(received[0]!['x-own'], '1');
    assert.equal(new Set(heard.map(({ traceIds }) => traceIds)).size, 3);
  });

  it('adds no header where none is asked for', async () => {
    watch({ allowedTracingUrls: ['https://api.example/'] });
    await fetch(origin);
    watch();
    await fetch(origin);
    assert.ok(received.every((headers) => !headers.traceparent && !headers['x-datadog-trace-id']));
  });

  it('tells an abort from a failure', async () => {
    watch();
    const heard = hear();
    const controller = new AbortController();
    const aborted = fetch(origin, { signal: controller.signal });
    controller.abort(new Error('of the page'));
    await assert.rejects(aborted, /of the page/);
    await assert.rejects(fetch('http://127.0.0.1:1/'));
    assert.deepEqual(heard.map(({ status, isAborted }) => [status, isAborted]), [[0, true], [0, false]]);
  });

  it('throws what it threw, and no more', async () => {
    globalThis.fetch = (() => {
      throw new RangeError('of the page');
    }) as typeof fetch;
    watch({ allowedTracingUrls: [() => assert.fail('a match that throws')] });
    hear();
    assert.throws(() => fetch(origin), /of the page/);
    const hostile = { toString: () => assert.fail('hostile') } as unknown as URL;
    requests.stop();
    globalThis.fetch = original;
    watch({ allowedTracingUrls: [() => assert.fail('a match that throws')] });
    const heard = hear();
    await assert.rejects(fetch(hostile), /hostile|parse/i);
    assert.equal((await fetch(origin)).status, 200);
    assert.equal(heard.at(-1)?.url, `${origin}/`);
  });

  it('may be anything a page has put there', () => {
    globalThis.fetch = (() => 7) as unknown as typeof fetch;
    watch();
    hear();
    assert.equal(fetch(origin), 7);
  });

  it('is watched within bounds before anybody hears of it', () => {
    globalThis.fetch = (() => Promise.resolve(new Response())) as typeof fetch;
    watch();
    for (let index = 0; index < 2_000; index += 1) void fetch(origin);
    assert.equal(hear().length, 600);
  });
});
