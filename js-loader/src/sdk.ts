/** The composition root in the page: wires the adapters to the core and undoes everything on `stop`. */
import { watchActions } from './browser/action.ts';
import { watchErrors } from './browser/error.ts';
import { watchInput } from './browser/input.ts';
import { listen } from './browser/listen.ts';
import { watchRoutes } from './browser/navigation.ts';
import { setup, watchLifeCycle } from './browser/page.ts';
import { watchPerformance } from './browser/performance.ts';
import { watchResources } from './browser/resource.ts';
import { createSender } from './browser/sender.ts';
import { eraseSession, storeSession } from './browser/storage.ts';
import type { Adapter, CreateAdapter, Page, Undo } from './adapter.ts';
import { createAlarm } from './alarm.ts';
import { createEmit, SignalKind, type CreateCore } from './core.ts';
import { createFence } from './fence.ts';
import type { CheckedOptions, Requests, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** Every part of the page that is watched, in the order it begins. */
const ADAPTERS: CreateAdapter[] = [watchPerformance, watchErrors, watchInput, watchActions, watchRoutes, watchResources];

/** Starts monitoring. `early` holds the DOM events that happened before the core was there, in order. */
export function startSdk(
  createCore: CreateCore,
  isOwnFile: (url: string) => boolean,
  options: CheckedOptions,
  early: Event[],
  onFault: (fault: unknown) => void,
  requests: Requests,
): Sdk {
  const undo: Undo[] = [];
  const release = (): void => {
    for (const one of undo.splice(0)) one();
  };
  const { fence, close } = createFence((fault) => {
    release();
    onFault(fault);
  });

  const alarm = createAlarm(fence(() => emit(SignalKind.Timer, performance.now())));
  const sender = createSender(options.intakeUrl, requests.fetch, fence, (slot, status, retryAfterS) =>
    emit(SignalKind.Answered, performance.now(), [slot, status, retryAfterS]),
  );
  const store = (session: string): void => {
    storeSession(session);
    requests.useSession(session);
  };
  const core = createCore(setup(options, requests), { post: sender.post, store, warn });
  const emit = createEmit(core, alarm);
  const [intake = ''] = options.intakeUrl.split('?');
  const isOwn = (url: string): boolean => url.startsWith(intake) || isOwnFile(url);
  const adapters: Adapter[] = [];
  const hear = (event: Event): void => {
    for (const { hears } of adapters) hears?.[event.type]?.(event);
  };
  const page: Page = { options, emit, fence, requests, isOwn, hear };

  const calls: Adapter['calls'] = {};
  // What was observed but not delivered, and posts that are being deflated: after this the page may be gone.
  const drain = (): void => {
    for (const adapter of adapters) adapter.drain?.();
    sender.hurry();
  };

  fence(() => {
    undo.push(() => alarm(Infinity));
    for (const create of ADAPTERS) {
      const adapter = create(page);
      adapters.push(adapter);
      Object.assign(calls, adapter.calls);
      if (adapter.stop) undo.push(adapter.stop);
    }
    undo.push(listen(window, [...new Set(adapters.flatMap(({ hears = {} }) => Object.keys(hears)))], fence, hear));
    undo.push(watchLifeCycle(page, drain));
    early.forEach(hear);
    // Whoever loads a page is there; this also stores the session.
    emit(SignalKind.Activity, performance.now());
  })();

  return {
    call: fence(([name, at, args]) => calls[name]?.(at, ...args)),
    stop: fence((erase) => {
      if (erase) {
        eraseSession();
      } else {
        drain();
        emit(SignalKind.Stopped, performance.now());
      }
      close();
      release();
    }),
  };
}
