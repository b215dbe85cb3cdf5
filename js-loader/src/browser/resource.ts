/** Resources: what the page asked the network for, and what the application says it loaded. */
import type { Calls, CreateAdapter, Page } from '../adapter.ts';
import { SignalKind, type Emit } from '../core.ts';
import { share, short, us, type Field } from '../encode.ts';
import { ResourceEvent as Fields, ResourceType } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';
import type { CheckedOptions, ResourceOptions, ResourceStopOptions } from '../types.ts';
import { documentTraceIds } from './document-trace.ts';
import { createJoin } from './join.ts';
import { readCalls, type PageRequest } from './request.ts';
import { durationOf, timingFields, type Entry } from './timing.ts';

/** Loads begun by `startResource` and not stopped: kept at most. */
const MAX_STARTED = 500;

/** Names of `ResourceType`, in its order. */
const TYPES = ['document', 'xhr', 'beacon', 'fetch', 'css', 'js', 'image', 'font', 'media', 'other'];

/** What the browser measures, joined with what `requests.ts` saw, and the calls of the public API. */
export const watchResources: CreateAdapter = (page) => {
  const { emit, fence, options, requests } = page;
  const calls = startedByApplication(emit);
  if (!options.trackResources && !options.allowedTracingUrls.length) return { calls };

  const teller = createTeller(page);
  const join = createJoin(teller.tell, (callback, ms) => setTimeout(fence(callback), ms));
  let hasDocument = false;
  const take = (entries: PerformanceEntry[]): void => {
    for (const entry of entries as PerformanceResourceTiming[]) {
      if (entry.entryType === 'navigation') {
        if (hasDocument) continue;
        hasDocument = entry.responseEnd > 0;
      }
      join.take(entry);
    }
  };
  const observer = new PerformanceObserver(fence((list: PerformanceObserverEntryList) => take(list.getEntries())));
  for (const type of ['navigation', 'resource']) {
    if (PerformanceObserver.supportedEntryTypes?.includes(type)) observer.observe({ type, buffered: true });
  }
  requests.hear(
    readCalls(
      fence((request, isEnd) => {
        const { startedAt = 0, endedAt = 0 } = request;
        if (isEnd) emit(SignalKind.RequestEnded, endedAt, [endedAt - startedAt]);
        else emit(SignalKind.RequestStarted, startedAt);
        if (isEnd) teller.ended(request);
        join.hear(request, isEnd);
      }),
    ),
  );
  return {
    calls,
    drain() {
      take(observer.takeRecords());
      // It is delivered after the load event, which the visitor has not waited for.
      take(performance.getEntriesByType('navigation'));
      join.drain();
      teller.drain();
    },
    stop: () => observer.disconnect(),
  };
};

interface Teller {
  /** A request has ended: what its details need must be kept, and nothing else. */
  ended(request: PageRequest): void;
  tell(entry: Entry, request?: PageRequest): void;
  drain(): void;
}

/** Tells the engine of resources. Those whose details are asked for wait for the chunk that knows how to read them. */
function createTeller({ emit, fence, isOwn, options }: Page): Teller {
  const { allowedGraphQlUrls, trackResourceHeaders, trackResources, traceSampleRate } = options;
  const details = allowedGraphQlUrls.length || trackResourceHeaders ? import('./request-details.ts') : undefined;
  let keepAnswer: ((options: CheckedOptions, request: PageRequest) => void) | undefined;
  details?.then((chunk) => ({ keepAnswer } = chunk)).catch(() => {});
  const waiting = new Set<(more: Field[]) => void>();
  return {
    ended(request) {
      if (details) keepAnswer?.(options, request);
      else delete request.answer, delete request.input;
    },
    tell(entry, request) {
      const { name, initiatorType, responseStatus, startTime } = entry;
      if (isOwn(name) || durationOf(entry) < 0) return;
      const status = request?.status ?? (responseStatus || undefined);
      // A request without answer that the page did not give up has hardly reached the server, and no trace begins there.
      const hasReached = status || request?.isAborted;
      const traceIds = initiatorType === 'navigation' ? documentTraceIds() : hasReached && request?.traceIds;
      if (!trackResources && !traceIds) return;
      const send = (more: Field[]): void =>
        emit(SignalKind.Resource, startTime, [+!trackResources], [name], [
          // A field of the details stands in the place of the same one of the entry.
          ...new Map([
            ...timingFields(entry),
            [Fields.method, short(request?.method)],
            [Fields.statusCode, status],
            ...(traceIds ? traceFields(traceIds, traceSampleRate) : []),
            ...more,
          ] as Field[]),
        ]);
      if (!details || !request?.input) return send([]);
      const once = fence((more: Field[]) => {
        if (waiting.delete(once)) send(more);
      });
      waiting.add(once);
      details.then(({ detailsOf }) => detailsOf(options, request, entry.contentType)).then(once, () => once([]));
    },
    drain() {
      for (const once of waiting) once([]);
    },
  };
}

/** Fields of a trace id and a span id, 32 and 16 hexadecimal digits. */
function traceFields(ids: string, rate: number): Field[] {
  const bytes = Uint8Array.from(ids.match(/../g)!, (digits) => parseInt(digits, 16));
  return [
    [Fields.traceId, bytes.subarray(0, 16)],
    [Fields.spanId, bytes.subarray(16)],
    [Fields.traceSampleShare, share(rate / 100)],
  ];
}

/** Loads only the application knows of. */
function startedByApplication(emit: Emit): Calls {
  const started = new Map<string, [at: number, options: ResourceOptions]>();
  const keyOf = (url: unknown, { resourceKey }: ResourceOptions): string => toText(resourceKey ?? url);
  return {
    startResource(at, url, options: ResourceOptions = {}) {
      if (started.size < MAX_STARTED) started.set(keyOf(url, options), [at, options]);
    },
    stopResource(at, url, options: ResourceStopOptions = {}) {
      const key = keyOf(url, options);
      const [startedAt, before] = started.get(key) ?? [];
      if (!before || !started.delete(key)) return;
      const { method, type, statusCode, size, context } = { ...before, ...options };
      const index = TYPES.indexOf(type!);
      emit(SignalKind.Resource, startedAt!, [], [toText(url)], [
        [Fields.resourceType, index < 0 ? ResourceType.Other : index],
        [Fields.method, method === undefined ? method : short(toText(method))],
        [Fields.statusCode, number(statusCode)],
        [Fields.durationUs, us(at - startedAt!)],
        [Fields.decodedBodySize, number(size)],
        [Fields.contextJson, contextJson({ ...before.context, ...context })],
      ]);
    },
  };
}

/** A count an application gave, if it is one. */
const number = (value: unknown): number | undefined => (Number.isFinite(value) && (value as number) >= 0 ? (value as number) : undefined);
