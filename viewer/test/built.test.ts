import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { bundle } from '../build.mjs';

test('the script that the collector embeds is what its sources give (if not: `npm run build` in viewer, and commit it)', async () => {
  const committed = readFileSync(new URL('../built/replay.js', import.meta.url), 'utf8');
  assert.ok(committed === (await bundle('src/page/main.ts')), 'viewer/built/replay.js is out of date');
});
