/**
 * Uncaught errors and unhandled rejections. Anything can be thrown, objects with hostile getters included, so
 * every read of a thrown value may fail and is allowed to.
 */

import type { Field } from '../encode.ts';
import { ErrorEvent as ErrorFields, type ErrorHandling, type ErrorSource } from '../fields.ts';

/** What may be told of a fault. */
export interface Fault {
  message: string;
  name: string | undefined;
  stack: string | undefined;
}

/** What the engine need not look at. */
export function errorFacts(source: ErrorSource, handling: ErrorHandling, contextJson?: string): Field[] {
  return [
    [ErrorFields.source, source],
    [ErrorFields.handling, handling],
    [ErrorFields.contextJson, contextJson],
  ];
}

/** What an `error` event tells; nothing for one without message: a resource that failed to load. */
export function ofErrorEvent(event: ErrorEvent): Fault | undefined {
  const { message, error } = event;
  if (typeof message !== 'string') return undefined;
  // Not an object: a thrown primitive, or another origin's error, of which browsers tell no more.
  return isObject(error) ? describe(error) : { message, name: undefined, stack: undefined };
}

/** What a thrown value tells. */
export function describe(thrown: unknown): Fault {
  if (!isObject(thrown)) return { message: `Uncaught ${toText(thrown)}`, name: undefined, stack: undefined };
  return {
    message: read(thrown, 'message') ?? toText(thrown),
    name: read(thrown, 'name'),
    stack: read(thrown, 'stack'),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function read(thrown: object, key: string): string | undefined {
  try {
    const value = (thrown as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Never JSON, which would carry the fields of a thrown object along. */
function toText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value without text';
  }
}
