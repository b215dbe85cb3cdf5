/** The composition root in the page: wires the adapters to the core and undoes everything on `stop`. */
import { watchActions } from './browser/action.ts';
import { watchActivity } from './browser/activity.ts';
import { watchDisplay } from './browser/display.ts';
import { watchErrors } from './browser/error.ts';
import { watchInput } from './browser/input.ts';
import { listen } from './browser/listen.ts';
import { watchLongTasks } from './browser/long-task.ts';
import { setup, watchLifeCycle } from './browser/page.ts';
import { createSender } from './browser/sender.ts';
import { eraseSession, storeSession } from './browser/storage.ts';
import { watchViews } from './browser/view.ts';
import { watchWebVitals } from './browser/web-vital.ts';
import type { Adapter, Calls, CreateAdapter, Page, Undo } from './adapter.ts';
import { createAlarm } from './alarm.ts';
import { createEmit, SignalKind, Told, type CreateCore } from './core.ts';
import { createFence } from './fence.ts';
import type { CheckedOptions, Sdk } from './types.ts';
import { warn } from './warn.ts';

/** Every part of the page that is watched, in the order it begins. */
const ADAPTERS: CreateAdapter[] = [
  // Before all others: the first signal of any of them asks for it.
  watchActivity,
  watchWebVitals,
  watchLongTasks,
  watchDisplay,
  watchErrors,
  watchInput,
  watchActions,
  watchViews,
];

/** Starts monitoring. `early` holds the DOM events that happened before the core was there, in order. */
export function startSdk(
  createCore: CreateCore,
  options: CheckedOptions,
  early: Event[],
  onFault: (fault: unknown) => void,
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
  const sender = createSender(options.intakeUrl, fence, (slot, status, retryAfterS) =>
    emit(SignalKind.Answered, performance.now(), [slot, status, retryAfterS]),
  );
  const tell = (what: Told, text: string): void => {
    if (what === Told.Warning) warn(text);
    else if (what === Told.Session) storeSession(text);
    else for (const adapter of adapters) adapter.watch?.(!!text);
  };
  const core = createCore(setup(options), { post: sender.post, tell });
  const emit = createEmit(core, alarm);
  const adapters: Adapter[] = [];
  const calls: Calls = {};
  const page: Page = { options, emit, fence, calls };
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
    const hear = (event: Event): void => {
      for (const { hears } of adapters) hears?.[event.type]?.(event);
    };
    undo.push(listen(window, [...new Set(adapters.flatMap(({ hears = {} }) => Object.keys(hears)))], fence, hear));
    undo.push(watchLifeCycle(page, drain));
    early.forEach(hear);
    // Whoever loads a page is there; this also stores the session.
    emit(SignalKind.Activity, performance.now());
  })();

  return {
    call: fence(([name, at, args]) => (calls[name] ? calls[name](at, ...args) : calls['*']?.(at, name, ...args))),
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
