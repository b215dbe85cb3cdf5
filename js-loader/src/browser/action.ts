/** Actions the application reports. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short } from '../encode.ts';
import { ActionEvent } from '../fields.ts';
import { contextJson, toText } from '../host-value.ts';

/** The calls of the public API that report actions. */
export const watchActions: CreateAdapter = ({ emit }) => ({
  calls: {
    addAction(at, name, context) {
      emit(SignalKind.CustomAction, at, [], [short(toText(name))], [[ActionEvent.contextJson, contextJson(context)]]);
    },
  },
});
