import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bytes } from '../src/post.ts';
import type { EngineSetup, EngineView, FromEngine } from '../src/replay/port.ts';
import { GENERATION_MS, Reason, Segments } from '../src/replay/segments.ts';
import type { Complete } from '../src/replay/upload.ts';

const SETUP: EngineSetup = {
  wasmUrl: '',
  wasmIntegrity: '',
  segmentUrl: '',
  applicationId: 'app',
  sdkVersion: '1',
  privacyLevel: 3,
  policyVersion: undefined,
  isHeld: false,
};
const view = (digit: string): EngineView => ({ sessionId: '1'.repeat(32), viewId: digit.repeat(32), atMs: 0, href: '', width: 1, height: 1, hasFocus: true });
const block = (length = 1): Bytes => new Uint8Array(length);

function cut(isHeld: boolean) {
  const told: FromEngine[] = [];
  const uploaded: Complete[] = [];
  const segments = new Segments({ setup: { ...SETUP, isHeld }, tell: (message) => told.push(message), upload: (one) => uploaded.push(one) });
  let number = 0;
  return {
    segments,
    told,
    uploaded,
    /** A segment with a block of so many bytes. */
    whole(ofView: EngineView, startMs: number, isGeneration: boolean, bytes = 1) {
      segments.begin(ofView, startMs, Reason.Init, [6, 0, 0], isGeneration);
      segments.add(++number, block(bytes), 1);
      segments.close();
    },
  };
}

/** `index_in_view` of a body: its head has the key 5 before it. */
const indexOf = ({ body }: Complete): number => body[Buffer.from(body).indexOf(Buffer.from([4, 0x50])) + 2 + 16 + 1]!;

describe('segments', () => {
  it('are counted by view, and tell what was recorded of it', () => {
    const { whole, uploaded, told } = cut(false);
    whole(view('a'), 0, true);
    whole(view('a'), 5_000, false);
    whole(view('b'), 9_000, true);
    assert.deepEqual(uploaded.map(indexOf), [0, 1, 0]);
    const stats = told.filter(([kind]) => kind === 'stats').map(([, viewId, segments, records]) => [String(viewId)[0], segments, records]);
    assert.deepEqual(stats, [['a', 1, 1], ['a', 2, 2], ['b', 1, 1]]);
  });

  it('without a block are as if they had never been', () => {
    const { segments, whole, uploaded, told } = cut(false);
    segments.begin(view('a'), 0, Reason.Init, [6, 0, 0], true);
    segments.close();
    whole(view('a'), 1, true);
    assert.deepEqual(uploaded.map(indexOf), [0]);
    assert.deepEqual(told.map(([kind]) => kind), ['block', 'settled', 'block', 'block', 'stats']);
  });

  it('tell what was lost before them, once', () => {
    const { segments, whole, uploaded } = cut(false);
    segments.lost = 3;
    whole(view('a'), 0, true);
    whole(view('a'), 1, false);
    assert.deepEqual(uploaded.map(({ batches }) => batches), [4, 1]);
    assert.deepEqual(uploaded.map(({ body }) => Buffer.from(body).includes(Buffer.from([14, 3, 0xff]))), [true, false]);
  });

  it('answer each batch, also one that became nothing', () => {
    const { segments, told } = cut(false);
    segments.begin(view('a'), 0, Reason.Init, [6, 0, 0], true);
    segments.add(1, block(), 1);
    segments.add(2, block(0), 0);
    assert.deepEqual(told.filter(([kind]) => kind === 'block').map(([, number]) => number), [0, 1, 2]);
  });
});

describe('what is held back', () => {
  it('is told to nobody, and then goes in order, from a snapshot on', () => {
    const { segments, whole, uploaded, told } = cut(true);
    for (let at = 0; at < 10; at++) whole(view(at < 5 ? 'a' : 'b'), at * (GENERATION_MS / 2), at % 2 === 0 || at === 5);
    assert.deepEqual(uploaded, []);
    assert.ok(told.every((message) => message[0] === 'block' && message[2] === 0), 'only that batches were taken');
    segments.begin(view('b'), 200_000, Reason.Duration, [9, 9, 9], false);
    segments.add(11, block(), 1);
    assert.ok(segments.keep());
    // A minute and what its first generation began with.
    assert.deepEqual(uploaded.map(({ viewId }) => viewId[0]), ['b', 'b', 'b', 'b', 'b'].slice(-uploaded.length));
    assert.deepEqual(uploaded.map(indexOf), uploaded.map((_, index) => index));
    assert.equal(segments.isHeld, false);
    segments.close();
    assert.equal(indexOf(uploaded.at(-1)!), uploaded.length - 1);
  });

  it('is at least the last minute', () => {
    const { segments, whole, uploaded } = cut(true);
    for (let at = 0; at <= 180_000; at += 5_000) whole(view('a'), at, at % GENERATION_MS === 0);
    segments.keep();
    assert.equal(uploaded.length, (180_000 - 120_000) / 5_000 + 1);
  });

  it('is bounded in bytes: what is too large for itself is counted, and the next generation begins anew', () => {
    const { segments, whole, uploaded } = cut(true);
    whole(view('a'), 0, true, 7_000_000);
    whole(view('a'), 1, false, 7_000_000);
    whole(view('a'), 2, false, 7_000_000);
    whole(view('a'), 3, false);
    assert.equal(segments.lost, 4);
    assert.equal(segments.keep(), false, 'nothing that can be read');
    assert.deepEqual(uploaded, []);
  });
});
