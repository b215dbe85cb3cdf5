/** What plays. */
import { Op } from '../ops.ts';
import type { Observe } from '../recording.ts';
import { hear } from './hear.ts';
import { createWaiting } from './waiting.ts';

/** In the order of the operation's states. */
const TYPES = ['play', 'pause', 'seeked', 'ratechange', 'volumechange'];

/** Factor that keeps three decimals in a whole number, and the largest one: a live stream may count from 1970. */
const MILLI = 1_000;
const MAX_WORD = 2 ** 31 - 1;

export const observeMedia: Observe = (recording) => {
  const { ops, ids } = recording;
  const tell = (id: number, state: number, value = 0): void => {
    if (id) ops.add(Op.Media, recording.now(), id, state, Math.min(value * MILLI, MAX_WORD));
  };
  // A page may fade in steps of any number; that it plays or pauses is told as it is heard.
  const waiting = [0, 0, 0, 0, 0].map((_, state) =>
    createWaiting(recording, (medium, id) => tell(id, state, state === 2 ? medium.currentTime : state === 3 ? medium.playbackRate : medium.muted ? 0 : medium.volume)),
  );
  const heard = TYPES.map((type, state) => [
    type,
    ({ target }: Event) => {
      if (state > 1) return waiting[state]!.add(target as Node);
      tell(ids.of(target as Node), state);
      recording.schedule();
    },
  ]);

  return {
    flush: () => waiting.forEach((each) => each.flush()),
    found(medium, id) {
      if (!(medium as HTMLMediaElement).paused) ops.add(Op.MediaPlays, id, 1);
    },
    root: (root) => hear(recording, root, Object.fromEntries(heard)),
  };
};
