/** What is observed beside the tree of nodes. */
import { attempt } from '../../host-value.ts';
import { Level } from '../privacy/level.ts';
import type { Observer, Recording, Root } from '../recording.ts';
import { watchDefined } from './defined.ts';
import { hear, hearCalls } from './hear.ts';
import { watchInput } from './input.ts';
import { watchLayers } from './layers.ts';
import { watchMedia } from './media.ts';
import type { Part, Tell, Watch } from './part.ts';
import { watchPointer } from './pointer.ts';
import { SCROLLABLE, watchScroll } from './scroll.ts';
import { watchSelection } from './selection.ts';
import { watchSize } from './size.ts';
import { watchStyles } from './styles.ts';
import { watchViewport } from './viewport.ts';

/** In place of a name: every custom element; every element that is recorded as a box. */
const CUSTOM = '-';
const HIDDEN = '*';
const NOBODY: Part[] = [];

/** All of them, with the names of the elements they want to know of. Style sheets first: attributes depend on them. */
const PARTS: [watch: Watch, names?: string][] = [
  [watchStyles, 'style link'],
  [watchInput, 'input textarea select option'],
  [watchPointer],
  [watchScroll, `${SCROLLABLE} ${CUSTOM}`],
  [watchViewport],
  [watchMedia, 'audio video'],
  [watchSelection],
  [watchLayers],
  [watchDefined, CUSTOM],
  [watchSize, `img video embed object canvas iframe ${HIDDEN}`],
];

/** As one: so a name, of which there are thousands, is read once, and each tree listened to once. */
export const observePage = (recording: Recording): Observer => {
  const { ids, schedule } = recording;
  const roots = new Set<Root>();
  const waiting = new Map<Tell, Set<Node>>();
  const later = (node: Node, tell: Tell): void => {
    waiting.set(tell, (waiting.get(tell) ?? new Set()).add(node));
    schedule();
  };
  const byName = new Map<string, Part[]>();
  const heard: Part['heard'] = {};
  const parts = PARTS.map(([watch, names = '']) => {
    const part = watch({ ...recording, roots, later });
    for (const name of names.split(' ')) byName.set(name, [...(byName.get(name) ?? []), part]);
    Object.assign(heard, part.heard);
    return part;
  });

  const all =
    (name: 'walked' | 'flush' | 'stop' | 'frustrated') =>
    (...args: number[]): void =>
      parts.forEach((part) => attempt(() => (part[name] as ((...args: number[]) => void) | undefined)?.(...args)));
  const wanting = (element: Element, level: Level): Part[] => {
    const { localName } = element;
    let parts = byName.get(level === Level.Hidden ? HIDDEN : localName);
    // Once for each name.
    if (!parts) byName.set(localName, (parts = (/-/.test(localName) && byName.get(CUSTOM)) || NOBODY));
    return parts;
  };
  const tell = (parts: Part[], name: 'found' | 'again', element: Element, id: number, level: Level): void =>
    parts.forEach((part) => attempt(() => part[name]?.(element, id, level)));
  const ofElement =
    (name: 'found' | 'again') =>
    (element: Element, id: number): void => {
      const level = ids.level(id);
      const parts = wanting(element, level);
      // Most elements nobody wants to know of, and they are thousands: no function is made for them.
      if (parts !== NOBODY) tell(parts, name, element, id, level);
    };
  const again = ofElement('again');

  return {
    found: ofElement('found'),
    attribute: again,
    changed: again,
    prepare: () => parts.every((part) => attempt(() => part.prepare?.()) ?? true),
    walked: all('walked'),
    frustrated: all('frustrated'),
    stop: all('stop'),
    root(root, id) {
      roots.add(root);
      const realm: any = (root as Document).defaultView;
      const undo = [
        hear(recording, root, heard),
        ...parts.flatMap(({ calls }) => calls ?? []).flatMap(([name, members, after]) => hearCalls(recording, realm?.[name]?.prototype, members, after)),
        () => roots.delete(root),
      ];
      for (const part of parts) attempt(() => part.root?.(root, id));
      return () => undo.forEach((one) => one());
    },
    flush() {
      for (const [tell, nodes] of waiting) {
        for (const node of nodes) {
          const of = ids.of(node);
          if (!attempt(() => tell(node, of, ids.level(of)))) nodes.delete(node);
        }
      }
      all('flush')();
    },
  };
};
