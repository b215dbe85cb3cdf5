/** What is observed beside the tree of nodes. */
import { Level } from '../privacy/level.ts';
import type { Observe, Observer } from '../recording.ts';
import { observeDefined } from './defined.ts';
import { observeInput } from './input.ts';
import { observeLayers } from './layers.ts';
import { observeMedia } from './media.ts';
import { observePointer } from './pointer.ts';
import { observeScroll } from './scroll.ts';
import { observeSelection } from './selection.ts';
import { observeSize } from './size.ts';
import { observeStyles } from './styles.ts';
import { observeViewport } from './viewport.ts';

/** In place of a name: every custom element; every element that is recorded as a box. */
const CUSTOM = '-';
const HIDDEN = '';

/** All of them, with the names of the elements they want to know of. Style sheets first: attributes depend on them. */
const PARTS: [observe: Observe, names?: string][] = [
  [observeStyles, 'style link'],
  [observeInput, 'input textarea select option'],
  [observePointer],
  [observeScroll],
  [observeViewport],
  [observeMedia, 'audio video'],
  [observeSelection],
  [observeLayers],
  [observeDefined, CUSTOM],
  [observeSize, `img video embed object canvas iframe ${HIDDEN}`],
];

/** As one: so an element's name, of which there are thousands, is read once. */
const observeAll: Observe = (recording) => {
  const byName = new Map<string, Observer[]>();
  const parts = PARTS.map(([observe, names]) => {
    const part = observe(recording);
    for (const name of names?.split(' ') ?? []) byName.set(name, [...(byName.get(name) ?? []), part]);
    return part;
  });
  const ofElement = ({ localName }: Element, level: Level): Observer[] =>
    byName.get(level === Level.Hidden ? HIDDEN : /-/.test(localName) ? CUSTOM : localName) ?? [];
  const all =
    (name: 'walked' | 'flush' | 'stop') =>
    (): void =>
      parts.forEach((part) => part[name]?.());
  return {
    found(element, id, level) {
      for (const part of ofElement(element, level)) part.found?.(element, id, level);
    },
    attribute(element, id, name) {
      for (const part of ofElement(element, recording.ids.level(id))) part.attribute?.(element, id, name);
    },
    changed(element, id) {
      for (const part of ofElement(element, recording.ids.level(id))) part.changed?.(element, id);
    },
    root(root, id) {
      const undo = parts.map((part) => part.root?.(root, id));
      return () => undo.forEach((one) => one?.());
    },
    frustrated(at, kinds) {
      for (const part of parts) part.frustrated?.(at, kinds);
    },
    walked: all('walked'),
    flush: all('flush'),
    stop: all('stop'),
  };
};

export const OBSERVERS: Observe[] = [observeAll];
