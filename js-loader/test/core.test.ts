import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

it('both sides of the boundary number the signals alike', () => {
  const arms = [...read('../../rum-wasm/src/bindings.rs').matchAll(/^\s+(\d+) => (?:\{\s+)?SignalKind::(\w+)/gm)];
  const [, list = ''] = read('../src/core.ts').split('enum SignalKind {');
  const numbers = [...list.split('}')[0]!.matchAll(/(\w+) = (\d+),/g)];
  assert.ok(numbers.length > 10);
  assert.deepEqual(
    arms.map(([, number, name]) => [name, number]),
    // What is no other signal is a timer.
    numbers.filter(([, name]) => name !== 'Timer').map(([, name, number]) => [name, number]),
  );
});
