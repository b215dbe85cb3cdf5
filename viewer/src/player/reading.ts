/** Reading values of which nothing is known: a wrong one is nothing, never a fault. */
import { MAX_VIEWPORT_PX } from './limits.ts';

/** Highest number of a node, text or sheet: they are 32 bits wide on our wire. */
const MAX_ID = 0xffff_ffff;

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field of an object; what it inherits is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ID ? value : undefined;
}

/** A position or length in CSS pixels. */
export function pixelsOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.max(-1e7, Math.min(1e7, number));
}

/** A side of a viewport. */
export function sideOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined || number < 1 ? undefined : Math.min(MAX_VIEWPORT_PX, number);
}
