import assert from 'node:assert/strict';
import { it } from 'node:test';
import { matchesAny } from '../src/match.ts';

it('a list of matches holds whatever the page put into it, and goes on after an entry that throws', () => {
  const hostile = (): boolean => {
    throw new Error('hostile');
  };
  const entries = [hostile, 7, null, '/poll', /beat$/g, (url: string) => url === '/x'] as never[];
  const meant = ['/poll/1', '/heartbeat', '/heartbeat', '/x', '/y'].map((url) => matchesAny(entries, url));
  assert.deepEqual(meant, [true, true, true, true, false]);
});
