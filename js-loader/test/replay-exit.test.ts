import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openHead } from '../src/replay/body.ts';
import { createExit } from '../src/replay/exit.ts';
import type { Bytes } from '../src/post.ts';

const END = 0xff;
const head = (segment: number) => openHead([segment]);
const block = (byte: number, length = 1): Bytes => new Uint8Array(length).fill(byte);

/** A page, and the bodies it sent when it was left. */
function page() {
  const bodies: number[][] = [];
  const options: RequestInit[] = [];
  const fetch = (async (_: string, init: RequestInit) => {
    bodies.push([...(init.body as Uint8Array)]);
    options.push(init);
    throw new TypeError('gone');
  }) as unknown as typeof window.fetch;
  const exit = createExit('https://collector.example/v1/s?k=one', fetch);
  return {
    bodies,
    options,
    exit,
    /** A batch that came back as a block. */
    came(number: number, segment: number, bytes: Bytes) {
      exit.sent(number);
      exit.hear(['block', number, segment, head(segment), bytes]);
    },
  };
}

/** A body with that head, so many lost batches (below 24), and those blocks. */
const body = (segment: number, lost: number, ...blocks: number[]) => [0x9f, 0xbf, 0, segment, ...(lost ? [14, lost] : []), END, ...blocks, END];

describe('a page that is left', () => {
  it('sends the segments that did not arrive, the oldest first', () => {
    const { bodies, options, exit, came } = page();
    came(1, 1, block(1));
    came(2, 2, block(2));
    came(3, 3, block(3));
    came(4, 3, block(4));
    exit.hear(['settled', 1]);
    exit.leave();
    assert.deepEqual(bodies, [body(2, 0, 2), body(3, 0, 3, 4)]);
    assert.ok(options.every(({ keepalive }) => keepalive));
  });

  it('tells with the last how many batches never came back', () => {
    const { bodies, exit, came } = page();
    came(1, 1, block(1));
    came(2, 2, block(2));
    exit.sent(3);
    exit.sent(4);
    exit.leave();
    assert.deepEqual(bodies, [body(1, 0, 1), body(2, 2, 2)]);
  });

  it('tells so even if everything else arrived: by the segment that was begun', () => {
    const { bodies, exit, came } = page();
    came(1, 1, block(1));
    exit.hear(['block', 0, 2, head(2), block(0, 0)]);
    exit.hear(['settled', 1]);
    exit.sent(2);
    exit.leave();
    assert.deepEqual(bodies, [body(2, 1)]);
  });

  it('sends nothing where nothing is missing, and nothing that is held back', () => {
    const { bodies, exit, came } = page();
    came(1, 1, block(1));
    exit.hear(['block', 0, 2, head(2), block(0, 0)]);
    exit.hear(['settled', 1]);
    exit.leave();
    const held = page();
    held.came(1, 0, block(0, 0));
    held.exit.leave();
    assert.deepEqual([...bodies, ...held.bodies], []);
  });

  it('stays below what a browser lets it send, without a gap, and counts the rest', () => {
    const { bodies, exit, came } = page();
    came(1, 1, block(1, 20_000));
    came(2, 1, block(2, 20_000));
    came(3, 1, block(3, 20_000));
    came(4, 2, block(4, 10));
    exit.leave();
    assert.ok(bodies.flat().length < 64 * 1024 - 16 * 1024);
    assert.deepEqual(bodies[0]!.slice(0, 5), [0x9f, 0xbf, 0, 1, END]);
    assert.equal(bodies[0]!.filter((byte) => byte === 2).length, 20_000);
    assert.deepEqual(bodies[1], body(2, 2), 'what cannot be read without a block that is missing is not sent');
  });

  it('and goes on leaves what follows to the engine', () => {
    const { bodies, exit, came } = page();
    came(1, 1, block(1));
    exit.leave();
    came(2, 1, block(2));
    came(3, 2, block(3));
    exit.leave();
    assert.deepEqual(bodies, [body(1, 0, 1), body(2, 0, 3)]);
  });

  it("hears nothing of a fetch that throws at once, as a page's own may", () => {
    const exit = createExit('/', (() => assert.fail('thrown')) as unknown as typeof window.fetch);
    exit.sent(1);
    exit.hear(['block', 1, 1, head(1), block(1)]);
    assert.doesNotThrow(() => exit.leave());
  });
});
