/** The composition root in the page: wires the adapters to the core and undoes everything on `stop`. */
import { describe, errorFacts, ofErrorEvent, type Fault } from './browser/error.ts';
import { createPointer } from './browser/input.ts';
import { listen, type Undo } from './browser/listen.ts';
import { onRouteChange } from './browser/navigation.ts';
import { setup, watchLifeCycle, type LifeCycle } from './browser/page.ts';
import { countInteractions, interactionCount, observe, responseStart } from './browser/performance.ts';
import { createSender } from './browser/sender.ts';
import { eraseSession, storeSession } from './browser/storage.ts';
import { createAlarm } from './alarm.ts';
import { createEmit, SignalKind, type CreateCore, type Emit } from './core.ts';
import { short } from './encode.ts';
import { createFence } from './fence.ts';
import { ActionEvent, ErrorHandling, ErrorSource } from './fields.ts';
import type { CheckedOptions, Sdk } from './types.ts';
import { warn } from './warn.ts';

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
  const core = createCore(setup(options), { post: sender.post, store: storeSession, warn });
  const emit = createEmit(core, alarm);
  const hear = createHearing(options, emit);

  const observers = observe(fence, emit);
  // Entries that were observed but not delivered, and posts that are being deflated: after this the page may
  // be gone.
  const gather = (): void => {
    observers.drain();
    countInteractions(emit);
    sender.hurry();
  };
  const lifeCycle: LifeCycle = {
    loaded: () => emit(SignalKind.Loaded, 0, [responseStart()]),
    hidden(at) {
      gather();
      emit(SignalKind.Hidden, at);
    },
    left(at) {
      gather();
      emit(SignalKind.Left, at);
    },
    restored: (at) => emit(SignalKind.Restored, at, [interactionCount()]),
    restoredPaint: () => emit(SignalKind.RestoredPaint, performance.now()),
  };
  const changeRoute = (at: number): void => {
    countInteractions(emit);
    emit(SignalKind.RouteChanged, at, [], [location.href]);
  };

  fence(() => {
    undo.push(() => alarm(Infinity), observers.stop);
    undo.push(listen(window, HEARD, fence, hear));
    undo.push(onRouteChange(fence, changeRoute));
    undo.push(watchLifeCycle(fence, lifeCycle));
    early.forEach(hear);
    // Whoever loads a page is there; this also stores the session.
    emit(SignalKind.Activity, performance.now());
  })();

  return {
    addAction: fence((name, contextJson, at) =>
      emit(SignalKind.CustomAction, at, [], [short(name)], [[ActionEvent.contextJson, contextJson]]),
    ),
    addError: fence((thrown, contextJson, at) => {
      const { message, name, stack } = describe(thrown);
      const facts = errorFacts(ErrorSource.Custom, ErrorHandling.Handled, contextJson);
      emit(SignalKind.Error, at, [], [message, name, stack], facts);
    }),
    stop: fence((erase) => {
      if (erase) {
        eraseSession();
      } else {
        gather();
        emit(SignalKind.Stopped, performance.now());
      }
      close();
      release();
    }),
  };
}

/** The DOM events that are listened for all the time. */
const HEARD = ['error', 'unhandledrejection', 'pointerdown', 'click', 'keydown', 'scroll'];

/** Turns DOM events, early or not, into signals. */
function createHearing(options: CheckedOptions, emit: Emit) {
  const pointer = createPointer();
  const fault = (at: number, told: Fault | undefined): void => {
    const facts = errorFacts(ErrorSource.Source, ErrorHandling.Unhandled);
    if (told) emit(SignalKind.Error, at, [], [told.message, told.name, told.stack], facts);
  };
  return (event: Event): void => {
    const at = event.timeStamp;
    switch (event.type) {
      case 'error':
        return fault(at, ofErrorEvent(event as ErrorEvent));
      case 'unhandledrejection':
        return fault(at, describe((event as PromiseRejectionEvent).reason));
      case 'pointerdown':
        return pointer.press(event);
      case 'click': {
        const click = options.trackUserInteractions && pointer.click(event as MouseEvent);
        return click ? emit(SignalKind.Click, at, [], click.texts, click.facts) : undefined;
      }
      case 'keydown':
        return event.isTrusted ? emit(SignalKind.KeyDown, at) : undefined;
      default:
        return emit(SignalKind.Activity, at);
    }
  };
}
