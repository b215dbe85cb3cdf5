/** What plays. */
import { Op } from '../ops.ts';
import type { Part, Watch } from './part.ts';

/** Keeps three decimals in a whole number, the largest of which is below the times of a live stream that counts from 1970. */
const MILLI = 1_000;
const MAX_WORD = 2 ** 31 - 1;

type Read = (medium: HTMLMediaElement) => [state: number, value: number];

const plays: Read = ({ paused }) => [+paused, 0];
const READS: Record<string, Read> = {
  play: plays,
  pause: plays,
  seeked: ({ currentTime }) => [2, currentTime],
  ratechange: ({ playbackRate }) => [3, playbackRate],
  volumechange: ({ muted, volume }) => [4, muted ? 0 : volume],
};

export const watchMedia: Watch = ({ ops, now, later }) => {
  const heard: Part['heard'] = {};
  for (const type in READS) {
    const tell = (medium: HTMLMediaElement, id: number): void => {
      const [state, value] = READS[type]!(medium);
      if (id) ops.add(Op.Media, now(), id, state, Math.min(value * MILLI, MAX_WORD));
    };
    heard[type] = ({ target }) => later(target, tell);
  }
  return {
    heard,
    found(medium, id) {
      if (!(medium as HTMLMediaElement).paused) ops.add(Op.MediaPlays, id, 1);
    },
  };
};
