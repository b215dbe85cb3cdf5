import { IDBFactory } from 'fake-indexeddb';
import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { SignalKind } from '../src/core.ts';
import { createFence } from '../src/fence.ts';
import { createOfflineQueue, type OfflineQueue } from '../src/offline-queue.ts';

const NAME = 'rum_queue';
const URL_OF_APP = 'https://collector.example/v1?k=one';
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

type Tell = Parameters<OfflineQueue['createSender']>[3];

/** Answers posts: by this status, at once, or never where it is undefined. */
let collector: { status: number | undefined; retryAfter?: string; bodies: string[] };
let browser: { onLine: boolean; visibilityState: string; warnings: string[]; kept: Map<string, string> };

/** A visit to the site: what the engine says goes in by `post`, what it hears is in `told`. */
function visit({ name = NAME, url = URL_OF_APP } = {}) {
  const told: Parameters<Tell>[] = [];
  const { fence, close } = createFence((fault) => assert.fail(String(fault)));
  const queue = createOfflineQueue(name);
  const fetch = (async (_: string, { body }: { body: Uint8Array }) => {
    collector.bodies.push(Buffer.from(body).toString());
    const { status, retryAfter = '' } = collector;
    if (status === undefined) await new Promise(() => {});
    if (status === 0) throw new TypeError('Failed to fetch');
    return new Response(null, { status: status!, headers: { 'retry-after': retryAfter } });
  }) as unknown as typeof window.fetch;
  const sender = queue.createSender(url, fetch, fence, (...one) => told.push(one));
  let slot = 0;
  return {
    queue,
    told,
    post: (text: string, { atExit = false, again = 0, events = 1 } = {}) =>
      sender.post(new TextEncoder().encode(text), again || ++slot, +atExit, events),
    /** The page is gone: nothing of it runs any more. */
    leave() {
      sender.hurry();
      queueMicrotask(close);
    },
  };
}

/** What is in the database, without keeping it open; nothing where there is none. */
async function kept(name = NAME): Promise<string[]> {
  await settle();
  if (!(await indexedDB.databases()).some((one) => one.name === name)) return [];
  const database = await answerOf(indexedDB.open(name));
  const entries = (await answerOf(database.transaction('batches').objectStore('batches').getAll())) as { body: Uint8Array }[];
  database.close();
  return entries.map(({ body }) => Buffer.from(body).toString());
}

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Lets the database, which works in immediate callbacks, and promises come to an end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Time passes, and what it brings about happens. */
async function pass(duration_ms: number): Promise<void> {
  mock.timers.tick(duration_ms);
  await settle();
}

/** A visit during which the collector could not be reached. */
async function leaveBehind(...texts: string[]): Promise<void> {
  collector.status = 0;
  const page = visit();
  await settle();
  for (const text of texts) {
    page.post(text);
    await pass(1);
  }
  page.leave();
  await settle();
  collector.bodies = [];
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_795_000_000_000 });
  collector = { status: 202, bodies: [] };
  const kept = new Map<string, string>();
  browser = { onLine: true, visibilityState: 'visible', warnings: [], kept };
  const localStorage = { setItem: (key: string, text: string) => kept.set(key, text), removeItem: (key: string) => kept.delete(key) };
  // Bodies go as they are.
  const CompressionStream = undefined;
  for (const [name, value] of Object.entries({ CompressionStream, indexedDB: new IDBFactory(), localStorage, navigator: browser, document: browser })) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  mock.method(console, 'warn', (text: string) => browser.warnings.push(text));
});

describe('while a page lives', () => {
  it('a batch is kept from the attempt that fails to the one that does not', async () => {
    const page = visit();
    await settle();
    page.post('one');
    assert.deepEqual(await kept(), []);
    collector.status = 503;
    page.post('two');
    assert.deepEqual(await kept(), ['two']);
    collector.status = 202;
    page.post('two', { again: 2 });
    assert.deepEqual(await kept(), []);
    assert.deepEqual(page.told.map(([, numbers]) => numbers), [[1, 202, 0], [2, 503, 0], [2, 202, 0]]);
  });

  it('another page leaves alone what it retries, unless it is hidden', async () => {
    for (const [visibilityState, sent] of [['visible', []], ['hidden', ['one']]] as const) {
      Object.assign(browser, { visibilityState });
      globalThis.indexedDB = new IDBFactory();
      collector = { status: 0, bodies: [] };
      const page = visit();
      await settle();
      page.post('one');
      await settle();
      collector = { status: 202, bodies: [] };
      visit();
      await settle();
      assert.deepEqual(collector.bodies, sent);
    }
  });

  it('what is beyond a mebibyte goes, the oldest first, and is counted as lost', async () => {
    collector.status = 0;
    const page = visit();
    await settle();
    for (const letter of 'abc') {
      page.post(letter.repeat(400_000), { events: 5 });
      await pass(1);
    }
    assert.deepEqual((await kept()).map((text) => text[0]), ['b', 'c']);
    assert.deepEqual(page.told.filter(([kind]) => kind === SignalKind.Lost), [[SignalKind.Lost, [5]]]);
  });
});

describe('when a page is left', () => {
  it('the newest batches come first and are the last to go', async () => {
    collector.status = 0;
    const page = visit();
    await settle();
    page.post('0', { again: 8 });
    await settle();
    for (const slot of [12, 11, 10, 9]) {
      page.post(String(slot).padEnd(400_000), { atExit: true, again: slot });
      mock.timers.tick(1);
    }
    page.leave();
    assert.deepEqual((await kept()).map((text) => text.trim()), ['11', '12']);
  });

  it('what is out is kept; it is repeated while the collector would notice, and no longer', async () => {
    for (const [after_ms, bodies] of [[7 * MINUTE_MS, ['one', 'two']], [9 * MINUTE_MS, []]] as const) {
      globalThis.indexedDB = new IDBFactory();
      collector = { status: undefined, bodies: [] };
      const page = visit();
      await settle();
      page.post('one');
      page.post('two', { atExit: true });
      page.leave();
      assert.deepEqual([collector.bodies, await kept()], [['one', 'two'], ['one', 'two']]);
      await pass(after_ms);
      collector = { status: 202, bodies: [] };
      visit();
      await settle();
      assert.deepEqual([collector.bodies, await kept()], [bodies, []]);
    }
  });

  it('what nobody heard of twice is repeated within the time of its first post', async () => {
    collector.status = undefined;
    let page = visit();
    await settle();
    page.post('one', { atExit: true });
    page.leave();
    await pass(7 * MINUTE_MS);
    page = visit();
    await settle();
    page.leave();
    assert.deepEqual([collector.bodies, await kept()], [['one', 'one'], ['one']]);
    await pass(2 * MINUTE_MS);
    visit();
    await settle();
    assert.deepEqual([collector.bodies.length, await kept()], [2, []]);
  });

  for (const [why, away] of [['the last attempt failed', { status: 0 }], ['the browser is offline', { onLine: false }]] as const) {
    it(`what is left is only kept, and answered as not sent, if ${why}`, async () => {
      Object.assign('status' in away ? collector : browser, away);
      const page = visit();
      await settle();
      if ('status' in away) page.post('one');
      await settle();
      page.post('two', { atExit: true, again: 2 });
      page.leave();
      assert.ok(!collector.bodies.includes('two'));
      assert.ok((await kept()).includes('two'));
      assert.deepEqual(page.told.at(-1), [SignalKind.Answered, [2, 0, 0]]);
      await pass(3 * HOUR_MS);
      Object.assign(browser, { onLine: true });
      collector = { status: 202, bodies: [] };
      visit();
      await settle();
      assert.ok(collector.bodies.includes('two'), 'hours later, too');
      assert.deepEqual(await kept(), []);
    });
  }
});

describe('at the next visit', () => {
  it('everything is sent once, oldest first, one at a time', async () => {
    await leaveBehind('one', 'two', 'three');
    collector.status = undefined;
    const page = visit();
    await settle();
    assert.deepEqual(collector.bodies, ['one'], 'the others wait for the answer');
    page.leave();
    collector = { status: 202, bodies: [] };
    visit();
    await settle();
    assert.deepEqual([collector.bodies, await kept()], [['one', 'two', 'three'], []]);
    visit();
    await settle();
    assert.equal(collector.bodies.length, 3);
  });

  it('failures wait, longer each time and as long as the collector asks, and lose nothing', async () => {
    await leaveBehind('one');
    const page = visit();
    await settle();
    assert.equal(collector.bodies.length, 1);
    await pass(499);
    assert.equal(collector.bodies.length, 1);
    Object.assign(collector, { status: 429, retryAfter: '90' });
    await pass(501);
    assert.equal(collector.bodies.length, 2);
    await pass(89_999);
    assert.equal(collector.bodies.length, 2);
    collector.status = undefined;
    await pass(1);
    assert.equal(collector.bodies.length, 3);
    // No answer at all.
    await pass(29_999);
    assert.deepEqual(await kept(), ['one']);
    await pass(1);
    collector.status = 202;
    await pass(MINUTE_MS);
    assert.deepEqual([collector.bodies.length, await kept(), page.told], [4, [], []]);
  });

  it('what the collector refuses for good is deleted and counted as lost', async () => {
    await leaveBehind('one', 'two');
    collector.status = 403;
    const page = visit();
    await settle();
    assert.deepEqual(await kept(), []);
    assert.deepEqual(page.told, [[SignalKind.Lost, [1]], [SignalKind.Lost, [1]]]);
  });

  it('what is older than four hours is gone, and counted as lost', async () => {
    await leaveBehind('old');
    await pass(HOUR_MS);
    await leaveBehind('new');
    await pass(3 * HOUR_MS);
    collector = { status: 202, bodies: [] };
    const page = visit();
    await settle();
    assert.deepEqual([collector.bodies, await kept(), page.told], [['new'], [], [[SignalKind.Lost, [1]]]]);
  });

  it('the batches of another application, or another instance, are left alone', async () => {
    await leaveBehind('one');
    collector.status = 202;
    visit({ url: 'https://collector.example/v1?k=two' });
    visit({ name: `${NAME}_widget` });
    await settle();
    assert.deepEqual([collector.bodies, await kept()], [[], ['one']]);
  });
});

describe('erasing', () => {
  it('leaves neither database nor mark, though another page has it open; that one keeps nothing, either', async () => {
    await leaveBehind('one');
    const [page, other] = [visit(), visit()];
    await settle();
    page.queue.erase();
    await settle();
    page.post('two');
    other.post('three');
    await settle();
    assert.deepEqual([await indexedDB.databases(), [...browser.kept.keys()]], [[], []]);
    assert.deepEqual(browser.warnings, []);
    assert.deepEqual(other.told, [[SignalKind.Answered, [1, 0, 0]]], 'it goes on without');
  });

  it('reaches a database that is only being opened', async () => {
    visit().queue.erase();
    await settle();
    assert.deepEqual([await indexedDB.databases(), [...browser.kept.keys()]], [[], []]);
  });
});

describe('a browser that keeps nothing', () => {
  const failing = (): never => {
    throw new DOMException('denied', 'SecurityError');
  };
  const breakages: [why: string, breakIt: () => void][] = [
    ['has no database', () => Object.defineProperty(globalThis, 'indexedDB', { get: failing, configurable: true })],
    ['has no storage', () => Object.defineProperty(globalThis, 'localStorage', { get: failing, configurable: true })],
    ['has a newer database', () => void indexedDB.open(NAME, 7)],
    ['has a database without the store', () => void indexedDB.open(NAME, 1)],
  ];
  for (const [why, breakIt] of breakages) {
    it(`gets one warning and what it had without the queue: it ${why}`, async () => {
      breakIt();
      const page = visit();
      await settle();
      page.post('one', { atExit: true });
      collector.status = 503;
      page.post('two');
      await settle();
      page.leave();
      assert.equal(browser.warnings.length, 1);
      assert.match(browser.warnings[0]!, /offlineQueue is off/);
      assert.deepEqual(collector.bodies, ['one', 'two']);
      assert.deepEqual(page.told.map(([, [, status]]) => status), [202, 503]);
    });
  }
});
