import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPointer } from '../src/browser/input.ts';

/** As much of an element as a click reads. */
class FakeElement extends EventTarget {
  readonly id = '';
  constructor(readonly localName: string, private readonly attributes: Record<string, string> = {}) {
    super();
  }
  closest(selector: string): FakeElement | null {
    const isNamed = Object.keys(this.attributes).some((name) => selector.includes(`[${name}`));
    return isNamed || selector.split(',').includes(this.localName) ? this : null;
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
  ({ target, isTrusted: true, detail: 1, clientX: 15, clientY: 26, timeStamp: 1_000, ...more }) as unknown as MouseEvent;

describe('a click', () => {
  const button = new FakeElement('button');

  it('is told with what developers wrote and where it was', () => {
    const pointer = createPointer();
    const named = new FakeElement('button', { 'data-dd-action-name': 'Refill', role: 'switch' });
    pointer.press(event(named));
    const click = pointer.click(event(named));
    assert.deepEqual(click?.texts, ['Refill', 'button', '', 'switch']);
    assert.deepEqual(click?.facts.map(([, value]) => value), [[5, 6], [80, 30]]);
  });

  it('by keyboard has no position', () => {
    const told = createPointer().click(event(button, { detail: 0, clientX: 0, clientY: 0 }));
    assert.deepEqual(told?.facts[0]?.[1], [0, 0]);
  });

  it('is none when pressed on one element and released on another', () => {
    const pointer = createPointer();
    pointer.press(event(button));
    assert.equal(pointer.click(event(new FakeElement('div'))), undefined);
  });

  for (const [browser, more] of [
    ['Chromium', { detail: 0 }],
    ['Firefox', { detail: 1, timeStamp: 1_003 }],
  ] as const) {
    it(`on a label counts once in ${browser}`, () => {
      const pointer = createPointer();
      const label = new FakeElement('label');
      pointer.press(event(label));
      assert.ok(pointer.click(event(label)));
      assert.equal(pointer.click(event(new FakeElement('input'), more)), undefined);
    });
  }

  it('by a script is not the visitor’s', () => {
    assert.equal(createPointer().click(event(button, { isTrusted: false })), undefined);
  });

  it('in a hidden part of the page is not told', () => {
    const pointer = createPointer();
    const hidden = new FakeElement('button', { 'data-dd-privacy': 'hidden' });
    pointer.press(event(hidden));
    assert.equal(pointer.click(event(hidden)), undefined);
  });
});
