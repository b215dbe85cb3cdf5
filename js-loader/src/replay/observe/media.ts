/** What plays. */
import { Op } from '../ops.ts';
import type { Part, Tell, Watch } from './part.ts';

/** Keeps three decimals in a whole number, the largest of which is below the times of a live stream that counts from 1970. */
const MILLI = 1_000;
const MAX_WORD = 2 ** 31 - 1;

/** In the order of the operation's states, the first two of which are one. */
const TYPES = ['play', 'pause', 'seeked', 'ratechange', 'volumechange'];

export const watchMedia: Watch = ({ ops, now, later }) => {
  const heard: Part['heard'] = {};
  TYPES.forEach((type, index) => {
    const tell: Tell = ({ paused, currentTime, playbackRate, muted, volume }, id) => {
      const value = [0, 0, currentTime, playbackRate, muted ? 0 : volume][index]!;
      if (id) ops.add(Op.Media, now(), id, index > 1 ? index : +paused, Math.min(value * MILLI, MAX_WORD));
    };
    heard[type] = ({ target }) => later(target, tell);
  });
  return {
    heard,
    found(medium, id) {
      if (!(medium as HTMLMediaElement).paused) ops.add(Op.MediaPlays, id, 1);
    },
  };
};
