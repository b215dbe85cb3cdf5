import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { detailsOf, keepAnswer } from '../src/browser/details.ts';
import type { PageRequest } from '../src/browser/request.ts';
import type { Entry } from '../src/browser/timing.ts';
import type { Field, Struct } from '../src/encode.ts';
import { GraphQl, ResourceEvent as Fields } from '../src/fields.ts';
import type { Checked } from '../src/extras.ts';

const URL_OF = 'https://api.example/graphql';
Object.assign(globalThis, { XMLHttpRequest: class {} });

const details = async (given: Partial<Checked>, request: Partial<PageRequest>, contentType?: string) => {
  const options = { allowedGraphQlUrls: [], trackResourceHeaders: false, traceSampleRate: 20, ...given } as unknown as Checked;
  const whole: PageRequest = { initiatorType: 'fetch', url: URL_OF, method: 'POST', status: 200, ...request };
  keepAnswer(options, whole);
  let later: Promise<Field[]> | undefined;
  const found = detailsOf(options, { contentType } as Entry, whole, (fields) => (later = fields));
  return new Map((await later) ?? found);
};

const graphQl = async (rule: object, request: Partial<PageRequest>) => {
  const fields = (await details({ allowedGraphQlUrls: [{ match: URL_OF, ...rule }] }, request)).get(Fields.graphql) as Struct | undefined;
  return fields && new Map(fields.fields.filter(([, value]) => value !== undefined));
};
const posted = (body: unknown): Partial<PageRequest> => ({ input: [URL_OF, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }] });

describe('a GraphQL request', () => {
  const body = { query: 'query Claims($id: ID) { claims(id: $id) { state } }', operationName: 'Claims', variables: { id: 7 } };

  it('tells type and name of its operation, and no more unless asked', async () => {
    const expected = new Map<number, unknown>([
      [GraphQl.operationType, 'query'],
      [GraphQl.operationName, 'Claims'],
    ]);
    assert.deepEqual(await graphQl({}, posted(body)), expected);
    expected.set(GraphQl.variablesJson, '{"id":7}').set(GraphQl.payload, body.query);
    assert.deepEqual(await graphQl({ trackPayload: true }, posted(body)), expected);
  });

  for (const [name, query, type] of [
    ['a mutation', 'mutation { refill }', 'mutation'],
    ['a subscription behind a comment', '# live\n subscription S { claims }', 'subscription'],
    ['the short form', ' { claims }', 'query'],
    ['a fragment first', 'fragment F on Claim { id }', undefined],
  ] as const) {
    it(`has the type of ${name}`, async () => {
      assert.equal((await graphQl({}, posted({ query })))?.get(GraphQl.operationType), type);
    });
  }

  it('may be a persisted one, or in the URL, or the body of an XMLHttpRequest', async () => {
    assert.equal((await graphQl({}, posted({ operationName: 'Saved', operationType: 'query' })))?.get(GraphQl.operationName), 'Saved');
    const url = `${URL_OF}?query=${encodeURIComponent('query Q { a }')}&operationName=Q&variables=${encodeURIComponent('{"a":1}')}`;
    const got = await graphQl({ trackPayload: true }, { method: 'GET', url, input: [url] });
    assert.deepEqual([got?.get(GraphQl.operationName), got?.get(GraphQl.variablesJson)], ['Q', '{"a":1}']);
    const sent = await graphQl({}, { initiatorType: 'xmlhttprequest', input: [JSON.stringify(body)] });
    assert.equal(sent?.get(GraphQl.operationName), 'Claims');
  });

  it('is cut to what Datadog takes; variables are whole or absent', async () => {
    const long = { query: `query { ${'a '.repeat(40_000)}}`, variables: { text: 'x'.repeat(9_000) } };
    const got = await graphQl({ trackPayload: true }, posted(long));
    assert.equal((got?.get(GraphQl.payload) as string).length, 32 * 1024 + 3);
    assert.equal(got?.has(GraphQl.variablesJson), false);
    const wide = await graphQl({ trackPayload: true }, posted({ query: `query { ${'é'.repeat(40_000)} }` }));
    assert.ok(new TextEncoder().encode(wide?.get(GraphQl.payload) as string).length <= 33_000);
  });

  it('counts the errors of its answer, which the page still reads', async () => {
    const answer = new Response('{"errors":[{},{}]}');
    const got = await graphQl({ trackResponseErrors: true }, { ...posted(body), answer });
    assert.equal(got?.get(GraphQl.errorCount), 2);
    assert.equal(await answer.text(), '{"errors":[{},{}]}');
    const early = new Response('{}');
    await early.text();
    assert.equal((await graphQl({ trackResponseErrors: true }, { ...posted(body), answer: early }))?.has(GraphQl.errorCount), false);
  });

  it('is none where there is nothing to read, or nothing was asked for', async () => {
    for (const one of [posted('no json'), posted('null'), { input: [URL_OF, { body: new FormData() }] }, { input: [URL_OF] }]) {
      assert.equal(await graphQl({}, one), undefined);
    }
    assert.equal((await details({ allowedGraphQlUrls: ['https://other.example/'] }, posted(body))).size, 0);
  });
});

describe('headers of a request', () => {
  const answer = (): Response =>
    new Response(null, {
      headers: { 'cache-control': 'no-store', etag: 'x'.repeat(200), 'x-request-id': 'id=42;x', 'x-api-key': 's', 'set-cookie': 's', 'x-session': 's' },
    });
  const input = [URL_OF, { headers: { 'content-type': 'application/json', authorization: 's', 'x-request-id': 'r' } }];

  it("are Datadog's twelve, cut, and never a secret", async () => {
    const told = await details({ trackResourceHeaders: true }, { input, answer: answer() });
    assert.deepEqual(told.get(Fields.requestHeaders), [['content-type', 'application/json']]);
    assert.deepEqual(told.get(Fields.responseHeaders), [['cache-control', 'no-store'], ['etag', 'x'.repeat(128)]]);
  });

  it('are those asked for, by URL, name, place and extractor', async () => {
    const rules = [
      { name: 'x-request-id', extractor: /id=(\d+)/g, location: 'response' as const },
      { name: /^x-|authorization|cookie/, location: 'response' as const },
      { url: 'https://other.example/' },
    ];
    const told = await details({ trackResourceHeaders: rules }, { input, answer: answer() }, 'text/html');
    assert.deepEqual(told.get(Fields.responseHeaders), [['x-request-id', '42'], ['content-type', 'text/html']]);
    assert.equal(told.has(Fields.requestHeaders), false);
  });

  it('are at most a hundred', async () => {
    const many = new Response(null, { headers: Array.from({ length: 150 }, (_, index): [string, string] => [`x-${index}`, '1']) });
    const told = await details({ trackResourceHeaders: [{ name: /^x-/ }] }, { input: [URL_OF], answer: many });
    assert.equal((told.get(Fields.responseHeaders) as unknown[]).length, 100);
  });

  it('of an XMLHttpRequest are read from its text', async () => {
    const told = await details(
      { trackResourceHeaders: true },
      { initiatorType: 'xmlhttprequest', input: [], answer: ['etag: a\r\nx-own: b\r\nvary: c, d\r\n', ''] },
    );
    assert.deepEqual(told.get(Fields.responseHeaders), [['etag', 'a'], ['vary', 'c, d']]);
  });
});

describe('the trace of a request', () => {
  const traceIds = '0123456789abcdef8edcba98765432107fffffffffffffff';
  it('is told in bytes, with the share of traces that are kept', async () => {
    const told = await details({}, { traceIds });
    assert.equal(Buffer.from(told.get(Fields.traceId) as Uint8Array).toString('hex'), traceIds.slice(0, 32));
    assert.equal(Buffer.from(told.get(Fields.spanId) as Uint8Array).toString('hex'), traceIds.slice(32));
    assert.deepEqual(told.get(Fields.traceSampleShare), Float32Array.of(0.2));
  });

  it('is left out where the request has hardly reached the server', async () => {
    assert.equal((await details({}, { traceIds, status: 0, isAborted: false })).size, 0);
    assert.equal((await details({}, { traceIds, status: 0, isAborted: true })).size, 3);
  });
});
