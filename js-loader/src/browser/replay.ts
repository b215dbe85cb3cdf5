/** Session replay, as far as it is there before anybody asks for it: what decides and records is loaded then. */
import type { CreateAdapter } from '../adapter.ts';
import type { ReplayControl } from '../replay-control.ts';
import { hex } from './session.ts';

export const watchReplay: CreateAdapter = (page) => {
  const { extras, fence } = page;
  /** Id of the view of the moment, and when it began. */
  let view: [id: string, at: number] | undefined;
  let control: ReplayControl | undefined;
  let loading: Promise<unknown> | undefined;
  let isOver = false;
  /** Does something with the control, once it is there; in order. */
  const ask = (what: (control: ReplayControl) => void): void => {
    const done = fence(() => control && what(control));
    loading ??= import('../replay-control.ts').then(
      fence(({ createReplayControl }: typeof import('../replay-control.ts')) => {
        if (isOver) return;
        control = createReplayControl(page);
        if (view) control.view(...view);
      }),
      // What cannot be fetched records nothing.
      () => {},
    );
    if (control) done();
    else loading.then(done);
  };
  if (extras?.checked.sessionReplaySampleRate || extras?.checked.sessionReplayOnErrorSampleRate) ask(() => {});
  return {
    drain: () => control?.drain(),
    viewBegan(context) {
      // Its id is the first field: a byte each for key and type.
      view = [hex(context.subarray(2, 18)), performance.now()];
      control?.view(...view);
    },
    moment: (at, kinds) => control?.moment(at, kinds),
    calls: {
      startSessionReplayRecording: (_, options) => ask((control) => control.start(options)),
      stopSessionReplayRecording: () => ask((control) => control.stop()),
    },
    stop() {
      isOver = true;
      control?.end();
    },
  };
};
