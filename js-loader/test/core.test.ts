import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { SignalKind } from '../src/core.ts';

it('both sides of the boundary number the signals alike', () => {
  const bindings = readFileSync(new URL('../../rum-wasm/src/bindings.rs', import.meta.url), 'utf8');
  const arms = [...bindings.matchAll(/^\s+(\d+|_) => SignalKind::(\w+)/gm)].map(([, number, name]) => [name, number]);
  const numbers = Object.entries(SignalKind).map(([name, number]) => [name, name === 'Timer' ? '_' : String(number)]);
  assert.deepEqual(arms, numbers);
});
