/** The composition root in the page: wires the adapters to the core and undoes everything on `stop`. */
import { watchActions } from './browser/action.ts';
import { watchContexts } from './browser/context.ts';
import { watchActivity } from './browser/activity.ts';
import { watchDisplay } from './browser/display.ts';
import { watchErrors } from './browser/error.ts';
import { watchInput } from './browser/input.ts';
import { listen } from './browser/listen.ts';
import { watchLongTasks } from './browser/long-task.ts';
import { setup, watchLifeCycle } from './browser/page.ts';
import { watchReplay } from './browser/replay.ts';
import { watchResources } from './browser/resource.ts';
import { createSender } from './browser/sender.ts';
import { createKeeper, hex, watchSession } from './browser/session.ts';
import { watchViews } from './browser/view.ts';
import { watchWebVitals } from './browser/web-vital.ts';
import type { Adapter, Calls, CreateAdapter, Page, Undo } from './adapter.ts';
import { createAlarm } from './alarm.ts';
import { createEmit, SignalKind, type CreateCore, type Host } from './core.ts';
import { utf8Text } from './encode.ts';
import type { Extras } from './extras.ts';
import { createFence } from './fence.ts';
import type { CheckedOptions, Match, Requests, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** Every part of the page that is watched, in the order it begins. */
const ADAPTERS: CreateAdapter[] = [
  // With the first signal the engine tells of the first view and asks for activity: these hear of it.
  watchContexts,
  watchReplay,
  watchActivity,
  watchWebVitals,
  watchLongTasks,
  watchDisplay,
  watchErrors,
  watchInput,
  watchActions,
  watchViews,
  watchSession,
  watchResources,
];

/** Starts monitoring. `early` holds the DOM events that happened before the core was there, in order. */
export function startSdk(
  createCore: CreateCore,
  given: CheckedOptions,
  ownUrls: Match[],
  extras: Extras | undefined,
  early: Event[],
  onFault: (fault?: unknown) => void,
  requests: Requests,
): Sdk {
  // Our own requests are no activity of the page.
  const options = { ...given, excludedActivityUrls: [...given.excludedActivityUrls, ...ownUrls] };
  const undo: Undo[] = [];
  const release = (): void => {
    for (const one of undo.splice(0)) one();
  };
  const { fence, close } = createFence((fault) => {
    release();
    onFault(fault);
  });

  const alarm = createAlarm(fence(() => emit(SignalKind.Timer, performance.now())));
  const sender = (extras?.createSender ?? createSender)(options.intakeUrl, requests.fetch, fence, (kind, numbers) =>
    emit(kind, performance.now(), numbers),
  );
  const keeper = extras?.keeper ?? createKeeper(options.instance);
  const hook = extras?.hook;
  const host: Host = {
    tell: [
      sender.post,
      (id, startedMs, activeMs, isKept) => {
        const session = `${hex(id)}.${Math.trunc(startedMs)}.${Math.trunc(activeMs)}.${isKept}`;
        keeper.store(session);
        requests.useSession(session);
      },
      (context, urlBytes) => {
        for (const { viewBegan } of adapters) viewBegan?.(context, urlBytes);
      },
      (text) => warn(utf8Text(text)),
      (_, isOn) => {
        for (const adapter of adapters) adapter.watch?.(!!isOn);
      },
      (_, at, kinds) => {
        for (const { moment } of adapters) moment?.(at, kinds);
      },
    ],
    look: hook?.look,
  };
  const core = createCore(setup(options, keeper, extras, requests), host);
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
  const adapters: Adapter[] = [];
  const calls: Calls = {};
  const forwarded: Page['forwarded'] = [];
  const hear = (event: Event): void => {
    if (event.isTrusted && forwarded.some((isForwarded) => isForwarded(event as ErrorEvent))) return;
    for (const { hears } of adapters) hears?.[event.type]?.(event);
  };
  const page: Page = { options, emit, fence, calls, keeper, extras, withdraw, requests, ownUrls, hear, forwarded };
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
    call: fence(([name, at, args]) => (calls[name] ? calls[name](at, ...args) : calls['*']?.(at, name, ...args))),
    stop,
  };
}
