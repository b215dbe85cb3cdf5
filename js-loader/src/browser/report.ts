/**
 * What the application measures: actions and durations with a beginning and an end, and the steps of its operations.
 * A chunk of its own, fetched with the first such call.
 */
import type { Calls } from '../adapter.ts';
import { SignalKind, type Emit } from '../core.ts';
import { short, us, type Field } from '../encode.ts';
import { ActionEvent, ActionType, FailureReason, StepType, VitalEvent, VitalType } from '../fields.ts';
import { contextJson, plain, textOf, toText } from '../host-value.ts';

/** By their numbers in the protocol. */
const ACTION_TYPES = ['click', 'custom', 'tap', 'scroll', 'swipe', 'back'];
const FAILURE_REASONS = ['error', 'abandoned'];

/** Actions and durations begun and not ended, kept at most: a page may forget to end them. */
const MAX_STARTED = 100;

/** Later times than this (ms) are counted from 1970, not from the page's beginning. */
const FIRST_EPOCH_MS = 1e10;

type Started = [at: number, options: Record<string, unknown>];

/** What the calls do; `createReports` is all the chunk exports. */
export function createReports(emit: Emit): Calls {
  const started = new Map<string, Started>();
  /** `keys` all name it. */
  const start = (at: number, options: unknown, ...keys: string[]): void => {
    const begun: Started = [at, plain(options)];
    for (const key of keys) {
      started.set(key, begun);
      if (started.size > MAX_STARTED) started.delete(started.keys().next().value!);
    }
  };
  const stop = (key: string): Started | undefined => {
    const found = started.get(key);
    for (const [name, begun] of started) if (begun === found) started.delete(name);
    return found;
  };
  /** An action or duration of that name and key; keys are for several at once. */
  const keyOf = (kind: string, name: unknown, options: unknown): string =>
    `${kind}${toText(name)}\n${toText(plain(options)[`${kind}Key`])}`;
  const measure = (at: number, name: unknown, facts: Field[], ...options: Record<string, unknown>[]): void => {
    emit(SignalKind.CustomVital, at, [], [short(toText(name))], [
      ...facts,
      [VitalEvent.description, short(options.map((one) => textOf(one, 'description')).find(Boolean))],
      [VitalEvent.contextJson, contextJson(...options.map(({ context }) => context))],
    ]);
  };
  const last = (duration: unknown): Field[] => [
    [VitalEvent.vitalType, VitalType.Duration],
    [VitalEvent.durationUs, us(duration as number)],
  ];
  const step = (at: number, name: unknown, options: unknown, type: StepType, reason?: FailureReason): void => {
    const given = plain(options);
    measure(
      at,
      name,
      [
        [VitalEvent.vitalType, VitalType.OperationStep],
        [VitalEvent.stepType, type],
        [VitalEvent.operationKey, short(textOf(given, 'operationKey'))],
        [VitalEvent.failureReason, reason],
      ],
      given,
    );
  };
  return {
    startAction: (at, name, options) => start(at, options, keyOf('action', name, options)),
    stopAction(at, name, options) {
      const [from, first] = stop(keyOf('action', name, options)) ?? [];
      const { type = first?.type, context } = plain(options);
      if (!first) return;
      const number = ACTION_TYPES.indexOf(type as string);
      emit(SignalKind.CustomAction, from!, [], [short(toText(name))], [
        [ActionEvent.actionType, number < 0 ? ActionType.Custom : number],
        [ActionEvent.durationUs, us(at - from!)],
        [ActionEvent.contextJson, contextJson(first.context, context)],
      ]);
    },
    addDurationVital(_, name, options) {
      const given = plain(options);
      const { startTime, duration } = given as { startTime: number; duration: number };
      const origin = startTime > FIRST_EPOCH_MS ? Date.now() - performance.now() : 0;
      if (startTime >= 0 && duration >= 0) measure(startTime - origin, name, last(duration), given);
    },
    startDurationVital(at, name, options) {
      // What the call has answered names it, too.
      start(at, options, keyOf('vital', name, options), keyOf('vital', name, { vitalKey: at }));
    },
    stopDurationVital(at, name, options) {
      const isReference = typeof name === 'object';
      const [from, first] =
        stop(isReference ? keyOf('vital', textOf(name, 'name'), name) : keyOf('vital', name, options)) ?? [];
      if (first) measure(from!, isReference ? textOf(name, 'name') : name, last(at - from!), first, plain(options));
    },
    startOperation: (at, name, options) => step(at, name, options, StepType.Start),
    succeedOperation: (at, name, options) => step(at, name, options, StepType.End),
    failOperation(at, name, reason, options) {
      const number = FAILURE_REASONS.indexOf(reason);
      step(at, name, options, StepType.End, number < 0 ? FailureReason.Other : number);
    },
  };
}
