/**
 * Uncaught errors and unhandled rejections. Anything can be thrown, objects with hostile getters included, so
 * every read of a thrown value may fail and is allowed to.
 */

import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { ErrorEvent as ErrorFields, ErrorHandling, ErrorSource } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';

/** What may be told of a fault. */
export interface Fault {
  message: string;
  name: string | undefined;
  stack: string | undefined;
}

/** Uncaught errors, unhandled rejections, and what the application reports. */
export const watchErrors: CreateAdapter = ({ emit }) => {
  const tell = (at: number, fault: Fault | undefined, source: ErrorSource, handling: ErrorHandling, context?: unknown): void => {
    if (!fault) return;
    emit(SignalKind.Error, at, [], [fault.message, fault.name, fault.stack], [
      [ErrorFields.source, source],
      [ErrorFields.handling, handling],
      [ErrorFields.contextJson, contextJson(context)],
    ]);
  };
  return {
    hears: {
      error: (event) => tell(event.timeStamp, ofErrorEvent(event as ErrorEvent), ErrorSource.Source, ErrorHandling.Unhandled),
      unhandledrejection: (event) =>
        tell(event.timeStamp, describe((event as PromiseRejectionEvent).reason), ErrorSource.Source, ErrorHandling.Unhandled),
    },
    calls: {
      addError: (at, error, context) => tell(at, describe(error), ErrorSource.Custom, ErrorHandling.Handled, context),
    },
  };
};

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
