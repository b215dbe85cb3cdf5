import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { inflateSync } from 'node:zlib';
import type { Bytes } from '../src/post.ts';
import { createUpload, MAX_WAITING_BYTES, type Complete } from '../src/replay/upload.ts';

type Answer = { status: number; retryAfter?: string } | 'unreachable' | 'none';

/** An upload whose posts are answered in turn, the last answer for all that follow; time passes at once. */
function upload(...answers: Answer[]) {
  const bodies: string[] = [];
  const sizes: number[] = [];
  const waits: number[] = [];
  const settled: [number: number, isLost: boolean][] = [];
  const refused: number[] = [];
  let heard: (() => void) | undefined;
  const add = createUpload({
    url: 'https://collector.example/v1/s?k=one',
    fetch: (async (_: string, { body }: { body: Uint8Array }) => {
      bodies.push((body[0] === 0x78 ? inflateSync(body) : Buffer.from(body)).toString());
      sizes.push(body.length);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer === 'none') await new Promise(() => {});
      if (typeof answer === 'string') throw new TypeError('Failed to fetch');
      return new Response(null, { status: answer.status, headers: answer.retryAfter ? { 'retry-after': answer.retryAfter } : {} });
    }) as unknown as typeof fetch,
    settled: ({ number }, isLost) => {
      settled.push([number, isLost]);
      heard?.();
    },
    refused: (status) => refused.push(status),
    wait: async (ms) => {
      waits.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return {
    bodies,
    sizes,
    waits,
    settled,
    refused,
    add: (number: number, body = `segment ${number}`, viewId = 'view') =>
      add({ number, viewId, body: new TextEncoder().encode(body) as Bytes, batches: 1 } satisfies Complete),
    /** Until so many are settled. */
    until: async (count: number) => {
      while (settled.length < count) await new Promise<void>((resolve) => (heard = resolve));
    },
  };
}

describe('segments', () => {
  it('are posted one after the other, deflated where that is shorter', async () => {
    const { add, until, bodies, sizes, settled } = upload({ status: 202 });
    const long = 'segment 1'.repeat(100);
    add(1, long);
    add(2);
    await until(2);
    assert.deepEqual(bodies, [long, 'segment 2']);
    assert.ok(sizes[0]! < 100 && sizes[1] === 9, String(sizes));
    assert.deepEqual(settled, [[1, false], [2, false]]);
  });

  it('are posted again until they arrive, ever later, and before those that follow', async () => {
    mock.method(Math, 'random', () => 1);
    const { add, until, bodies, waits } = upload('unreachable', { status: 503 }, { status: 408 }, { status: 429, retryAfter: '90' }, { status: 202 });
    add(1);
    add(2);
    await until(2);
    assert.deepEqual(bodies, [...Array(5).fill('segment 1'), 'segment 2']);
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 90_000]);
    mock.restoreAll();
  });

  it('wait a minute at most, and not all pages the same time', async () => {
    const { add, until, waits } = upload(...Array<Answer>(10).fill('unreachable'), { status: 202 });
    add(1);
    await until(1);
    assert.ok(waits.slice(6).every((ms) => ms >= 30_000 && ms <= 60_000), String(waits));
    assert.notEqual(waits[8], waits[9]);
  });

  it('that the collector refuses are lost, and after three in a row it is asked no more', async () => {
    const { add, until, settled, refused } = upload({ status: 413 }, { status: 202 }, { status: 403 });
    for (const number of [1, 2, 3, 4]) add(number);
    await until(4);
    assert.deepEqual(settled, [[1, true], [2, false], [3, true], [4, true]]);
    assert.deepEqual(refused, []);
    add(5);
    await until(5);
    assert.deepEqual(refused, [403]);
  });

  it('are given up by whole views, the oldest first, when too many wait', async () => {
    const { add, until, settled } = upload('none');
    // What deflate cannot make smaller.
    let seed = 1;
    const noise = () => Array.from({ length: 3_000_000 }, () => String.fromCharCode(32 + ((seed = (seed * 48_271) % 2_147_483_647) % 90))).join('');
    add(1, noise(), 'first');
    add(2, 'small', 'first');
    add(3, noise(), 'second');
    add(4, noise(), 'second');
    add(5, noise(), 'third');
    await until(2);
    assert.deepEqual(settled, [[1, true], [2, true]]);
    assert.ok(MAX_WAITING_BYTES > 3 * 2_000_000);
  });
});
