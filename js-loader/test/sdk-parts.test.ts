import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describe as describeFault, ofErrorEvent } from '../src/browser/error.ts';
import { createFence } from '../src/fence.ts';

describe('a thrown value', () => {
  const hostile = {
    get message(): string {
      throw new Error('hostile');
    },
    toString(): string {
      throw new Error('hostile');
    },
  };
  for (const [name, thrown, message] of [
    ['an error', new TypeError('no claim'), 'no claim'],
    ['a text', 'no claim', 'Uncaught no claim'],
    ['null', null, 'Uncaught null'],
    ['a symbol', Symbol('s'), 'Uncaught Symbol(s)'],
    ['an object with secrets', { ssn: '123-45-6789' }, '[object Object]'],
    ['an object whose getters throw', hostile, 'a value without text'],
    ['an object whose message is no text', { message: 7 }, '[object Object]'],
  ] as const) {
    it(`is told for ${name}`, () => assert.equal(describeFault(thrown).message, message));
  }

  it('of another origin is told as the browser tells it', () => {
    const event = { message: 'Script error.', error: null } as ErrorEvent;
    assert.deepEqual(ofErrorEvent(event), { message: 'Script error.', name: undefined, stack: undefined });
  });

  it('that is a resource failing to load is none', () => {
    assert.equal(ofErrorEvent({ type: 'error' } as ErrorEvent), undefined);
  });
});

describe('the fence', () => {
  it('lets nothing through after the first fault, and tells it once', () => {
    const faults: unknown[] = [];
    let calls = 0;
    const { fence } = createFence((fault) => faults.push(fault));
    const good = fence(() => (calls += 1));
    const bad = fence(() => {
      throw new Error('trap');
    });
    good();
    bad();
    bad();
    good();
    assert.equal(calls, 1);
    assert.equal(faults.length, 1);
  });

  it('lets nothing through once it is closed', () => {
    const { fence, close } = createFence(() => assert.fail('no fault'));
    const listener = fence(() => assert.fail('closed'));
    close();
    listener();
  });
});
