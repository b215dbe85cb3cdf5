import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encode, share, type Value } from '../src/encode.ts';

const hex = (value: Value): string => Buffer.from(encode([[1, value]])).toString('hex').slice(2);

describe('a value', () => {
  // From RFC 8949, appendix A, where it has them.
  for (const [value, expected] of [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
    [-1, '20'],
    [-1000, '3903e7'],
    [12.6, '0d'],
    [Number.NaN, '00'],
    [share(100_000), 'fa47c35000'],
    [share(0), 'fa00000000'],
    [true, 'f5'],
    [false, 'f4'],
    ['IETF', '6449455446'],
    ['ü', '62c3bc'],
    [Uint8Array.of(1, 2), '420102'],
    [[1, [2, 3]], '8201820203'],
    [{ fields: [[0, 1], [1, undefined]] }, 'bf0001ff'],
  ] as [Value, string][]) {
    it(`${JSON.stringify(value)} is ${expected}`, () => assert.equal(hex(value), expected));
  }
});
