import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { patchOwn } from '../src/patch.ts';

const descriptor = (owner: object, name: string): PropertyDescriptor => Object.getOwnPropertyDescriptor(owner, name)!;

class Field {
  #text = '';
  get value(): string {
    return this.#text;
  }
  set value(text: string) {
    if (!text) throw new RangeError('empty');
    this.#text = text;
  }
  clear(by: string): string {
    this.#text = '';
    return by;
  }
}

describe('a member of a prototype', () => {
  const own = (name: string) => descriptor(Field.prototype, name);

  it('is stood in for, and looks as before', () => {
    const was = own('value');
    const seen: unknown[] = [];
    const undo = patchOwn(Field.prototype, 'value', (call, args, self) => {
      const result = call();
      seen.push(args[0], (self as Field).value);
      return result;
    });
    const field = new Field();
    field.value = 'a';
    assert.deepEqual(seen, ['a', 'a']);
    const now = own('value');
    assert.notEqual(now.set, was.set);
    assert.deepEqual([now.get, now.enumerable, now.configurable, now.set!.name, String(now.set)], [was.get, was.enumerable, was.configurable, was.set!.name, String(was.set)]);
    undo();
    assert.deepEqual(own('value'), was);
  });

  it('throws and answers what it did', () => {
    const undo = [patchOwn(Field.prototype, 'value', (call) => call()), patchOwn(Field.prototype, 'clear', (call) => call())];
    assert.throws(() => (new Field().value = ''), RangeError);
    assert.throws(() => own('value').set!.call({}, 'x'), TypeError);
    assert.equal(new Field().clear('me'), 'me');
    undo.forEach((one) => one());
  });

  it('may be a getter, where that is asked for', () => {
    let reads = 0;
    const was = own('value');
    const undo = patchOwn(Field.prototype, 'value', (call) => (reads++, call()), 'get');
    const field = new Field();
    field.value = 'b';
    assert.deepEqual([reads, field.value, reads], [0, 'b', 1]);
    undo();
    assert.deepEqual(own('value'), was);
  });

  it('stays what somebody else made of it since, and no longer tells', () => {
    let calls = 0;
    const was = own('clear');
    const undo = patchOwn(Field.prototype, 'clear', (call) => (calls++, call()));
    const ours = Field.prototype.clear;
    const theirs = function (this: Field, by: string): string {
      return `${ours.call(this, by)}!`;
    };
    Field.prototype.clear = theirs;
    undo();
    assert.equal(Field.prototype.clear, theirs);
    assert.deepEqual([new Field().clear('me'), calls], ['me!', 0]);
    Object.defineProperty(Field.prototype, 'clear', was);
  });

  it('is left alone where there is none, it is inherited, or frozen', () => {
    class Frozen {
      clear(): void {}
    }
    Object.freeze(Frozen.prototype);
    class Inherits extends Field {}
    const was = descriptor(Frozen.prototype, 'clear');
    for (const owner of [undefined, {}, Inherits.prototype, Frozen.prototype]) patchOwn(owner, 'clear', (call) => call())();
    assert.deepEqual([Object.keys(Inherits.prototype), descriptor(Frozen.prototype, 'clear')], [[], was]);
  });
});
