import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPointer } from '../src/browser/input.ts';
import { ActionEvent } from '../src/fields.ts';
import type { CheckedOptions } from '../src/types.ts';

const options = { trackUserInteractions: true, enablePrivacyForActionName: true, defaultPrivacyLevel: 'mask' } as CheckedOptions;

/** As much of an element as a click reads; naming and privacy are tested in a browser. */
class FakeElement extends EventTarget {
  readonly id = '';
  readonly parentElement = null;
  readonly classList = [];
  readonly isConnected = false;
  constructor(readonly localName: string, private readonly attributes: Record<string, string> = {}) {
    super();
  }
  closest(selector: string): FakeElement | null {
    const isNamed = Object.keys(this.attributes).some((name) => selector.includes(`[${name}`));
    return isNamed || selector.split(',').includes(this.localName) ? this : null;
  }
  matches(): boolean {
    return false;
  }
  getRootNode() {
    return {};
  }
  get role(): string | null {
    return this.getAttribute('role');
  }
  getAttribute(name: string): string | null {
    return this.attributes[name] ?? null;
  }
  getBoundingClientRect() {
    return { x: 10, y: 20, width: 80, height: 30 };
  }
}
Object.assign(globalThis, { Element: FakeElement });

const event = (target: FakeElement, more: Partial<MouseEvent> = {}): MouseEvent =>
  ({ target, isTrusted: true, detail: 1, clientX: 15, clientY: 26, timeStamp: 1_000, composedPath: () => [], eventPhase: 1, ...more }) as unknown as MouseEvent;

const fact = (click: ReturnType<ReturnType<typeof createPointer>['click']>, key: ActionEvent): unknown =>
  click?.facts.find(([number]) => number === key)?.[1];

describe('a click', () => {
  const button = new FakeElement('button');

  it('is told with what developers wrote and where it was', () => {
    const pointer = createPointer(options);
    const named = new FakeElement('button', { 'data-dd-action-name': 'Refill', role: 'switch' });
    pointer.press(event(named));
    const click = pointer.click(event(named));
    assert.equal(fact(click, ActionEvent.name), 'Refill');
    assert.deepEqual([fact(click, ActionEvent.position), fact(click, ActionEvent.targetSize)], [[5, 6], [80, 30]]);
    assert.deepEqual(click?.numbers.slice(0, 2), [15, 26]);
  });

  it('by keyboard has no position', () => {
    const told = createPointer(options).click(event(button, { detail: 0, clientX: 0, clientY: 0 }));
    assert.deepEqual(fact(told, ActionEvent.position), [0, 0]);
  });

  it('is none when pressed on one element and released on another', () => {
    const pointer = createPointer(options);
    pointer.press(event(button));
    assert.equal(pointer.click(event(new FakeElement('div'))), undefined);
  });

  for (const [browser, more] of [
    ['Chromium', { detail: 0 }],
    ['Firefox', { detail: 1, timeStamp: 1_003 }],
  ] as const) {
    it(`on a label counts once in ${browser}`, () => {
      const pointer = createPointer(options);
      const label = new FakeElement('label');
      pointer.press(event(label));
      assert.ok(pointer.click(event(label)));
      assert.equal(pointer.click(event(new FakeElement('input'), more)), undefined);
    });
  }

  it('by a script is not the visitor’s', () => {
    assert.equal(createPointer(options).click(event(button, { isTrusted: false })), undefined);
  });

  it('in a hidden part of the page is not told', () => {
    const pointer = createPointer(options);
    const hidden = new FakeElement('button', { 'data-dd-privacy': 'hidden' });
    pointer.press(event(hidden));
    assert.equal(pointer.click(event(hidden)), undefined);
  });

  it('tells whether it is on the element of the one before, and what it cannot be', () => {
    const pointer = createPointer(options);
    const flags = (target: FakeElement, between?: () => void): number | undefined => {
      pointer.press(event(target));
      between?.();
      return pointer.click(event(target))?.numbers[2];
    };
    const calm = new FakeElement('button', { 'data-dd-ignore-frustration': 'rage-click dead-click' });
    assert.deepEqual([flags(button), flags(button), flags(calm), flags(button)], [0, 8, 3, 0]);
    assert.equal(flags(button, () => pointer.reacts(new Event('input'))), 8 + 3);
    assert.equal(flags(button), 8, 'what the user did before the press is past');
    assert.equal(flags(new FakeElement('div', { 'data-dd-ignore-frustration': 'all' })), 7);
    const early = createPointer(options);
    early.press(event(button));
    assert.equal(early.click(event(button, { eventPhase: 0 }))?.numbers[2], 16, 'an event kept from before the core');
  });

  it('is judged alike where an old library has another reduce', () => {
    const { reduce } = Array.prototype;
    try {
      // As Prototype.js 1.6 does.
      Object.assign(Array.prototype, { reduce(this: unknown[]) { return this.length > 1 ? this : this[0]; } });
      const calm = new FakeElement('button', { 'data-dd-ignore-frustration': 'rage-click dead-click' });
      const pointer = createPointer(options);
      pointer.press(event(calm));
      assert.equal(pointer.click(event(calm))?.numbers[2], 3);
    } finally {
      Object.assign(Array.prototype, { reduce });
    }
  });

  it('that only moves the caret selects nothing', () => {
    const pointer = createPointer(options);
    let isCollapsed = true;
    Object.assign(globalThis, { getSelection: () => ({ isCollapsed }) });
    const changes = [true, false, true, true].map((next) => {
      isCollapsed = next;
      return pointer.reacts(new Event('selectionchange'));
    });
    assert.deepEqual(changes, [false, true, true, false], 'selecting and deselecting do');
  });
});
