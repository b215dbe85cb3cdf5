/** What the application reports as done or measured. */
import type { CreateAdapter, Calls } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short } from '../encode.ts';
import { ActionEvent, ActionType } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';

/** The calls of the public API that report actions and vitals. */
export const watchActions: CreateAdapter = ({ emit, fence }) => {
  let reports: Promise<Calls> | undefined;
  const calls: Calls = {
    addAction(at, name, context) {
      emit(SignalKind.CustomAction, at, [], [short(toText(name))], [
        [ActionEvent.actionType, ActionType.Custom],
        [ActionEvent.contextJson, contextJson(context)],
      ]);
    },
    // Few applications make the others: what they do is fetched with the first of them, and they wait for it in order.
    '*'(at, name, ...args) {
      reports ??= import('./report.ts').then(({ createReports }) => createReports(emit));
      // A chunk that cannot be fetched takes its reports with it, and nothing else.
      reports.then(fence((loaded: Calls) => loaded[name]?.(at, ...args)), () => {});
    },
  };
  return { calls };
};
