import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { watchConsole } from '../src/browser/console.ts';
import { causesOf, describe as describeFault } from '../src/browser/error.ts';
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
    it(`is told for ${name}`, () => assert.equal(describeFault(thrown, 'Uncaught ')[0], message));
  }
});

describe('the errors behind an error', () => {
  const messages = (thrown: unknown): string[] => causesOf(thrown).map((cause) => describeFault(cause)[0]);

  it('are its chain of causes, whatever they are', () => {
    const chain = new Error('outer', { cause: new Error('middle', { cause: { ssn: '123-45-6789' } }) });
    assert.deepEqual(messages(chain), ['middle', '[object Object]']);
    assert.deepEqual(messages(new Error('outer', { cause: 'a text' })), ['a text']);
    assert.deepEqual(messages(new Error('outer', { cause: null })), []);
  });

  it('are the inner errors of an AggregateError after its cause, and no other list of errors', () => {
    const inner = [new Error('one', { cause: new Error('below one') }), new Error('two')];
    assert.deepEqual(messages(new AggregateError(inner, 'all failed', { cause: new Error('why') })), ['why', 'one', 'two', 'below one']);
    assert.deepEqual(messages(Object.assign(new Error('invalid'), { errors: ['ann@example.org is no address'] })), []);
  });

  it('are ten at most, and a circle ends', () => {
    let deep = new Error('0');
    for (let level = 1; level < 50; level += 1) deep = new Error(String(level), { cause: deep });
    assert.equal(messages(deep).length, 10);
    assert.equal(messages(new AggregateError(Array.from({ length: 1_000 }, (_, index) => new Error(String(index))))).length, 10);
    const circle = new Error('first');
    circle.cause = new Error('second', { cause: circle });
    assert.deepEqual(messages(circle), ['second']);
  });

  it('are none where they cannot be read', () => {
    for (const thrown of [null, undefined, 7, 'a text', { get cause() { throw new Error('hostile'); } }, new Proxy({}, { get: () => assert.fail() })]) {
      assert.deepEqual(messages(thrown), []);
    }
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

describe('console.error', () => {
  /** Runs with a `console.error` of the page's own, and hands over what it heard. */
  function withOwn(run: (own: (...args: unknown[]) => unknown, heard: unknown[][]) => void): void {
    const native = console.error;
    const heard: unknown[][] = [];
    const own = Object.assign(function logError(this: unknown, ...args: unknown[]) {
      heard.push([this, ...args]);
      return 'answered';
    }, { mark: 1 });
    console.error = own;
    try {
      run(own, heard);
    } finally {
      console.error = native;
    }
  }

  it('stays what it was to the page', () => {
    withOwn((own, heard) => {
      const undo = watchConsole(() => assert.deepEqual(heard.at(-1), [console, 1, 'two'], 'the page is first'));
      assert.deepEqual([console.error.name, console.error.length, console.error.toString(), 'mark' in console.error], [own.name, own.length, own.toString(), true]);
      assert.equal((console.error as unknown as typeof own)(1, 'two'), 'answered');
      undo();
      assert.equal(console.error, own);
    });
  });

  it('is told with its arguments and where it was called', () => {
    withOwn(() => {
      const told: unknown[][] = [];
      const undo = watchConsole((args, stack) => told.push([args, stack?.split('\n')[1]]));
      console.error('a', 7);
      undo();
      assert.deepEqual(told[0]?.[0], ['a', 7]);
      assert.match(String(told[0]?.[1]), /sdk-parts\.test/);
    });
  });

  it('passes through where somebody wrapped ours, and is told no more', () => {
    withOwn((_, heard) => {
      let told = 0;
      const undo = watchConsole(() => (told += 1));
      const ours = console.error;
      const wrapper = (...args: unknown[]): void => ours(...args);
      console.error = wrapper;
      undo();
      assert.equal(console.error, wrapper);
      console.error('x');
      assert.deepEqual([heard.length, told], [1, 0]);
    });
  });

  it('called while it is being told is not told again', () => {
    withOwn((_, heard) => {
      let told = 0;
      const undo = watchConsole(() => {
        told += 1;
        console.error('from within');
      });
      console.error('x');
      undo();
      assert.deepEqual([heard.length, told], [2, 1]);
    });
  });
});
