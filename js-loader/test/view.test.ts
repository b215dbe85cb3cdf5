import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Adapter, Page } from '../src/adapter.ts';
import { watchViews } from '../src/browser/view.ts';
import { watchHistory } from '../src/browser/history.ts';
import { SignalKind } from '../src/core.ts';
import type { Field } from '../src/encode.ts';
import { ViewContext, ViewEvent } from '../src/fields.ts';
import { createFence } from '../src/fence.ts';

const ORIGIN = 'https://shop.example';
/** Elements a hash can lead to. */
const IDS = ['top'];

type Told = { kind: SignalKind; at: number; numbers: (number | undefined)[]; texts: (string | undefined)[]; facts: Field[] };

/** Node 20 knows a capturing listener again only by an object of options. */
class Navigation extends EventTarget {
  override removeEventListener(type: string, listener: EventListener, capture: boolean): void {
    super.removeEventListener(type, listener, { capture });
  }
}

/** A page at a path, with the adapter in it. */
function open(path: string, options: { trackViewsManually?: boolean } = {}) {
  const url = new URL(path, ORIGIN);
  const navigation = new Navigation();
  const globals = {
    location: url,
    document: { getElementById: (id: string) => (IDS.includes(id) ? {} : null) },
    window: Object.assign(new EventTarget(), { navigation }),
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const told: Told[] = [];
  const contexts: unknown[] = [];
  const { fence } = createFence((fault) => assert.fail(String(fault)));
  const adapter: Adapter = watchViews({
    emit: (kind, at, numbers = [], texts = [], facts = []) => told.push({ kind, at, numbers, texts, facts }),
    fence,
    calls: { setViewContext: (_, context) => contexts.push(context) },
    options: { trackViewsManually: false, ...options } as never,
  } as Partial<Page> as Page);
  const of = (kind: SignalKind): Told[] => told.filter((one) => one.kind === kind);
  return {
    contexts,
    of,
    calls: adapter.calls!,
    stop: adapter.stop,
    views: () => of(SignalKind.ViewChanged).map(({ numbers, texts, facts }) => [numbers[0], texts[0]?.replace(ORIGIN, ''), named(facts)]),
    go(to: string) {
      url.href = new URL(to, url).href;
      navigation.dispatchEvent(new Event('currententrychange'));
    },
  };
}

const named = (facts: Field[]): unknown => facts.find(([key]) => key === ViewContext.name)?.[1];

describe('a route change', () => {
  it('is one of the path, or of a path in the hash, and not of the query', () => {
    const page = open('/claims?page=1');
    for (const to of ['/claims?page=2', '/claims/7', '/claims/7', '/claims/7#/lines?x=1', '/claims/7#/lines?x=2', '/claims/7']) page.go(to);
    assert.deepEqual(page.views(), [
      [0, '/claims?page=1', undefined],
      [1, '/claims/7', undefined],
      [1, '/claims/7#/lines?x=1', '/lines'],
      [1, '/claims/7', undefined],
    ]);
  });

  it('is none where the hash leads to a part of the page', () => {
    const page = open('/#/claims');
    for (const to of ['/#top', '/#/claims', '/other#top', '/other#tab']) page.go(to);
    assert.deepEqual(
      page.views().map(([, url]) => url),
      ['/#/claims', '/other#top', '/other#tab'],
    );
  });

  it('of a hash has a name without values', () => {
    const names = ['/#/', '/#/claims/10482/edit?member=jane', '/#!/help', '/#/ann@example.org', '/#access_token=a/b', '/#tab'].map(
      (path) => open(path).views()[0]![2],
    );
    assert.deepEqual(names, ['/', '/claims/?/edit', '/help', '/?', undefined, undefined]);
  });

  it('is not followed where the application begins views, nor after the end', () => {
    const manual = open('/claims', { trackViewsManually: true });
    manual.go('/claims/7');
    assert.equal(manual.views().length, 1);
    const page = open('/claims');
    page.stop!();
    page.go('/claims/7');
    assert.equal(page.views().length, 1);
  });
});

describe('the application', () => {
  it('describes the first view with its first call where it begins views, and later ones with the next', () => {
    const page = open('/claims?x=1', { trackViewsManually: true });
    page.calls.startView!(1, 'claims');
    page.calls.startView!(2, { name: 'claim', url: '/claims/7', service: 'shop', version: '2', context: { plan: 'b' } });
    assert.deepEqual(page.views().slice(1), [
      [0, '/claims?x=1', 'claims'],
      [1, '/claims/7', 'claim'],
    ]);
    assert.deepEqual(page.of(SignalKind.ViewChanged).at(-1)!.facts.slice(1), [
      [ViewContext.service, 'shop'],
      [ViewContext.version, '2'],
    ]);
    assert.deepEqual(page.contexts, [{ plan: 'b' }]);
  });

  it('begins a view at once where views follow the URL, too', () => {
    const page = open('/claims');
    page.calls.startView!(1, 'dialog');
    assert.deepEqual(page.views().at(-1), [1, '/claims', 'dialog']);
  });

  it('renames a view and leaves the rest of it as it was', () => {
    const page = open('/');
    page.calls.startView!(1, { name: 'claim', url: '/claims/7', service: 'shop' });
    page.calls.setViewName!(2, '/claims/:id');
    const { numbers, texts, facts } = page.of(SignalKind.ViewChanged).at(-1)!;
    assert.deepEqual([numbers, texts, facts.slice(0, 2)], [[0], ['/claims/7'], [[ViewContext.name, '/claims/:id'], [ViewContext.service, 'shop']]]);
  });

  it('times by the clock or from the beginning of the view', () => {
    const page = open('/');
    page.calls.addTiming!(500, 'now');
    page.calls.addTiming!(500, 'since the view', 40.5);
    page.calls.addTiming!(500, 'epoch', performance.timeOrigin + 300);
    page.calls.addTiming!(500, 'wrong', '12');
    const noted = page.of(SignalKind.Noted).map(({ at, numbers, facts }) => [Math.round(at), numbers[0], facts[0]![1]]);
    assert.deepEqual(noted, [
      [500, -1, 'now'],
      [500, 40.5, 'since_the_view'],
      [300, -1, 'epoch'],
      [500, -1, 'wrong'],
    ]);
    assert.equal(page.of(SignalKind.Noted)[0]!.facts[0]![0], ViewEvent.customTimings);
  });

  it('may hand over whatever it likes', () => {
    const page = open('/');
    const hostile = {
      get name() {
        throw new Error('hostile');
      },
      get [Symbol.toStringTag]() {
        return 'Hostile';
      },
      toString() {
        throw new Error('hostile');
      },
    };
    for (const value of [hostile, undefined, null, 7, [], Symbol('s')]) {
      page.calls.startView!(1, value);
      page.calls.setViewName!(1, value);
      page.calls.addTiming!(1, value, value);
    }
    assert.equal(page.of(SignalKind.Noted).length, 6);
  });
});

describe('standing in for pushState and replaceState', () => {
  class FakeHistory {
    calls: unknown[][] = [];
    pushState(...args: [unknown, string, string?]): void {
      if (args[2] === 'https://elsewhere.example/') throw new DOMException('not yours', 'SecurityError');
      this.calls.push(args);
    }
    replaceState(data: unknown, unused: string): void {
      this.calls.push([data, unused]);
    }
  }
  let history: FakeHistory;
  beforeEach(() => {
    history = new FakeHistory();
    Object.assign(globalThis, { history, History: FakeHistory });
  });
  const originals = { pushState: FakeHistory.prototype.pushState, replaceState: FakeHistory.prototype.replaceState };
  afterEach(() => Object.assign(FakeHistory.prototype, originals));

  it('tells of each change, and looks like the original', () => {
    let changes = 0;
    const undo = watchHistory(() => (changes += 1));
    history.pushState(1, '', '/a');
    history.replaceState(2, '');
    assert.equal(changes, 2);
    assert.deepEqual(history.calls, [[1, '', '/a'], [2, '']]);
    for (const name of ['pushState', 'replaceState'] as const) {
      const [ours, original] = [history[name], originals[name]];
      assert.notEqual(ours, original);
      assert.deepEqual([ours.name, ours.length, String(ours)], [original.name, original.length, String(original)]);
    }
    undo();
    assert.deepEqual([history.pushState, history.replaceState], [originals.pushState, originals.replaceState]);
    assert.equal(Object.hasOwn(history, 'pushState'), false);
  });

  it('lets the page have the errors of its own calls, and tells of no change then', () => {
    let changes = 0;
    watchHistory(() => (changes += 1));
    assert.throws(() => history.pushState(1, '', 'https://elsewhere.example/'), { name: 'SecurityError' });
    assert.equal(changes, 0);
  });

  it('passes calls on after the end where somebody stands in for it', () => {
    let changes = 0;
    const undo = watchHistory(() => (changes += 1));
    const ours = FakeHistory.prototype.pushState;
    const theirs = function (this: FakeHistory, ...args: [unknown, string, string?]) {
      return ours.apply(this, args);
    };
    FakeHistory.prototype.pushState = theirs;
    undo();
    assert.equal(FakeHistory.prototype.pushState, theirs);
    history.pushState(1, '', '/a');
    assert.deepEqual([changes, history.calls.length], [0, 1]);
  });

  it('stands in for what the page put there itself', () => {
    let changes = 0;
    const own = (): void => {};
    history.pushState = own;
    const undo = watchHistory(() => (changes += 1));
    history.pushState(1, '');
    assert.equal(changes, 1);
    undo();
    assert.equal(history.pushState, own);
  });
});
