/** The composition root in the page: wires the adapters to the core and undoes everything on `stop`. */
import { watchActions } from './browser/action.ts';
import { watchContexts } from './browser/context.ts';
import { watchErrors } from './browser/error.ts';
import { watchInput } from './browser/input.ts';
import { listen } from './browser/listen.ts';
import { watchRoutes } from './browser/navigation.ts';
import { setup, watchLifeCycle } from './browser/page.ts';
import { watchPerformance } from './browser/performance.ts';
import { watchResources } from './browser/resource.ts';
import { createSender } from './browser/sender.ts';
import { createKeeper, watchSession, type Keeper } from './browser/session.ts';
import type { Adapter, CreateAdapter, Page, Undo } from './adapter.ts';
import { createAlarm } from './alarm.ts';
import { createEmit, SignalKind, Told, type CreateCore, type Hook } from './core.ts';
import { createFence } from './fence.ts';
import type { CheckedOptions, Requests, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** Every part of the page that is watched, in the order it begins. */
const ADAPTERS: CreateAdapter[] = [
  watchPerformance,
  watchErrors,
  watchInput,
  watchActions,
  watchRoutes,
  watchResources,
  watchSession,
  watchContexts,
];

/** Starts monitoring. `early` holds the DOM events that happened before the core was there, in order. */
export function startSdk(
  createCore: CreateCore,
  isOwnFile: (url: string) => boolean,
  createHook: ((options: CheckedOptions, keeper: Keeper) => Hook) | undefined,
  options: CheckedOptions,
  early: Event[],
  onFault: (fault?: unknown) => void,
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
  const keeper = createKeeper(options);
  const hook = createHook?.(options, keeper);
  const tell = (what: Told, text: string): void => {
    if (what === Told.Warning) warn(text);
    if (what === Told.Session) {
      keeper.storeSession(text);
      requests.useSession(text);
    }
    for (const { told } of adapters) told?.[what]?.(text);
  };
  const core = createCore(setup(options, keeper, requests), { post: sender.post, tell, look: hook?.look });
  let emit = createEmit(core, alarm);
  if (hook) emit = hook.guard(emit);
  const stop = fence((erase: boolean) => {
    if (erase) {
      keeper.erase();
    } else {
      drain();
      emit(SignalKind.Stopped, performance.now());
    }
    close();
    release();
  });
  const withdraw = (): void => {
    stop(true);
    onFault();
  };
  const [intake = ''] = options.intakeUrl.split('?');
  const isOwn = (url: string): boolean => url.startsWith(intake) || isOwnFile(url);
  const adapters: Adapter[] = [];
  const forwarded: Page['forwarded'] = [];
  const hear = (event: Event): void => {
    if (event.isTrusted && forwarded.some((isForwarded) => isForwarded(event as ErrorEvent))) return;
    for (const { hears } of adapters) hears?.[event.type]?.(event);
  };
  const page: Page = { options, emit, fence, keeper, withdraw, requests, isOwn, hear, forwarded };

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
    stop,
  };
}
