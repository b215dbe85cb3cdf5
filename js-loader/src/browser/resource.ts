/** Resources: what the page asked the network for. */
import type { CreateAdapter, Page } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, type Field } from '../encode.ts';
import { ResourceEvent as Fields } from '../fields.ts';
import { attempt } from '../host-value.ts';
import { matches } from '../match.ts';
import { createJoin, type Join } from './join.ts';
import { readCalls, type PageRequest } from './request.ts';
import { durationOf, timingFields, type Entry } from './timing.ts';

/** What the browser measures, joined with what `requests.ts` saw, and what only the application knows of. */
export const watchResources: CreateAdapter = (page) => {
  const { emit, extras, fence, options, requests } = page;
  const all: Join[] = [];
  const create = (offset: number): Join => {
    const resources = createResources(page, offset);
    all.push(resources);
    return resources;
  };
  const { hear, take } = create(0);
  let hasDocument = false;
  const takeAll = (entries: PerformanceEntry[]): void => {
    for (const entry of entries as PerformanceResourceTiming[]) {
      if (entry.entryType === 'navigation') {
        if (hasDocument) continue;
        hasDocument = entry.responseEnd > 0;
      }
      take(entry);
    }
  };
  const observer = new PerformanceObserver(fence((list: PerformanceObserverEntryList) => takeAll(list.getEntries())));
  if (options.trackResources || extras?.checked.allowedTracingUrls.length) {
    for (const type of ['navigation', 'resource']) observer.observe({ type, buffered: true });
    const isExcluded = (url: string): boolean => !!attempt(() => options.excludedActivityUrls.some((match) => matches(match, url)));
    requests.hear(
      readCalls(
        fence((request, isEnd) => {
          const { url, method, status, isAborted, startedAt = 0, endedAt = 0 } = request;
          if (!isExcluded(url)) {
            if (isEnd) emit(SignalKind.RequestEnded, endedAt, [endedAt - startedAt]);
            else emit(SignalKind.RequestStarted, startedAt);
          }
          const hasFailed = status === 0 ? !isAborted : status! >= 500;
          if (isEnd && hasFailed && options.trackFailedRequests) emit(SignalKind.RequestFailed, endedAt, [status], [url, method, 'request']);
          hear(request, isEnd);
        }),
      ),
    );
  }
  // What few pages use is loaded when it is.
  let chunk: Promise<typeof import('./started.ts')> | undefined;
  // One promise: two of one module may be fulfilled in either order.
  const started = (): Promise<typeof import('./started.ts')> => (chunk ??= import('./started.ts'));
  return {
    calls: {
      startResource: (at, url, options) => started().then(fence((chunk) => chunk.start(page, at, url, options))),
      stopResource: (at, url, options) => started().then(fence((chunk) => chunk.stop(page, at, url, options))),
      addWorker: (_, worker) =>
        import('./worker-port.ts').then(fence((chunk) => chunk.connect(page, worker, create))),
    },
    drain() {
      takeAll(observer.takeRecords());
      // It is delivered after the load event, which the visitor has not waited for.
      takeAll(performance.getEntriesByType('navigation'));
      for (const { drain } of all) drain();
    },
    stop: () => observer.disconnect(),
  };
};

/** Tells the engine of the resources of the page, or of a worker whose clock began at page time `offset`. */
function createResources({ emit, extras, fence, options, ownUrls }: Page, offset: number): Join {
  const { trackResources } = options;
  const checked = extras?.checked;
  let details: typeof import('./details.ts') | undefined;
  /** Resources that wait for their details, and those that are there. */
  const waiting = new Map<(more: Field[]) => void, Field[]>();
  const loading =
    (checked?.allowedGraphQlUrls.length ||
      checked?.allowedTracingUrls.length ||
      checked?.trackResourceHeaders ||
      document.querySelector('[name=dd-trace-id]')) &&
    import('./details.ts').then((chunk) => (details = chunk));

  const tell = (entry: Entry, request?: PageRequest): void => {
    const { name, initiatorType, responseStatus, startTime } = entry;
    if (ownUrls.some((match) => matches(match, name)) || durationOf(entry) < 0 || !(trackResources || request?.traceIds)) return;
    const status = request?.status ?? (responseStatus || undefined);
    const send = (more: Field[]): void =>
      emit(SignalKind.Resource, startTime + offset, [+!trackResources], [name], [
        // A field of the details stands in the place of the same one of the entry.
        ...new Map([...timingFields(entry), [Fields.method, short(request?.method)], [Fields.statusCode, status], ...more] as Field[]),
      ]);
    // Only these have any.
    if (!loading || (!request && initiatorType !== 'navigation')) return send([]);
    const once = fence((more: Field[]) => {
      if (waiting.delete(once)) send(more);
    });
    const find = (): void => {
      let isLater = false;
      let found: Field[] = [];
      try {
        found = details!.detailsOf(checked, entry, request, (fields) => {
          isLater = true;
          fields.then(once, () => once(found));
        });
      } catch {
        // A match of the application's may throw.
      }
      if (isLater) waiting.set(once, found);
      else once(found);
    };
    waiting.set(once, []);
    if (details) find();
    else loading.then(find).catch(() => once([]));
  };
  const join = createJoin(tell, (callback, ms) => setTimeout(fence(callback), ms));
  return {
    take: join.take,
    hear(request, isEnd) {
      if (details) details.keepAnswer(checked, request);
      else if (!loading && isEnd) delete request.input, delete request.answer;
      join.hear(request, isEnd);
    },
    drain() {
      join.drain();
      for (const [once, found] of waiting) once(found);
    },
  };
}
