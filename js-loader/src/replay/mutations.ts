/**
 * Tells changes of the DOM.
 *
 * What a MutationObserver records is only taken as to what was touched; later, when the page is idle, the DOM itself is
 * read, once for each node that was. Between the two stand sets of nodes, so a storm costs what it touched, however often
 * it did, and nothing has to be dropped. Three rules keep the engine's tree true, whatever happens in between:
 *
 * - What was removed and not added again where we see it is told as removed at once: nobody observes it from now on.
 * - What was added is `pending`. It is told before the next node to its right that is not pending itself; of what is not
 *   pending, parent and order are those the engine has.
 * - A pending node that the engine has is moved. It is removed and told anew where it came from a place that is not
 *   observed, or its privacy level changes.
 */
import type { Undo } from '../adapter.ts';
import { attribute, attributeNames, contentDocument, nextSibling, nodeName, nodeType, parentNode, shadowRoot, unpatched } from './natives.ts';
import { hear, hearCalls } from './observe/hear.ts';
import { Op } from './ops.ts';
import { attributeValue, roleOf } from './privacy/attribute.ts';
import { changesLevel, Fate, fateOf, levelOf, takesInput, traitOf } from './privacy/element.ts';
import type { Observer, Recording, Root } from './recording.ts';
import { isFrameName, Walk } from './walk.ts';

/**
 * Children that are added and removed at once before their parent is told anew instead: one mark in place of as many steps
 * in the observer's callback, which cannot rest.
 */
const MAX_CHILDREN_AT_ONCE = 10_000;
/** Changed attributes and texts between two looks at the clock. */
const CHANGES_A_LOOK = 32;

export class Mutations {
  #recording: Recording;
  #observer: Observer;
  #walk: Walk;
  #native: MutationObserver;
  #pending = new Set<Node>();
  /** Elements by the attribute that changed, each with what it was when the engine was told last. */
  #attributes = new Map<string, Map<Element, string | null | undefined>>();
  #texts = new Set<Node>();
  /** Elements whose privacy level may have changed. */
  #levels = new Set<Element>();
  /** Elements that got a shadow tree. */
  #hosts = new Set<Element>();
  /** What is undone when a tree is no longer recorded, by its number. */
  #roots = new Map<number, Undo[]>();
  #hasDropped = false;
  /** Nodes numbered later than this were read after their last change. */
  #touched = 0;

  constructor(recording: Recording, observer: Observer) {
    this.#recording = recording;
    this.#observer = observer;
    this.#walk = new Walk(recording, this.#pending, {
      element: (element, id, level) => observer.found?.(element, id, level),
      root: (root, id) => this.#root(root, id),
    });
    this.#native = new (unpatched('MutationObserver'))(
      recording.fence((records: MutationRecord[]) => {
        this.#take(records);
        recording.schedule();
      }),
    );
  }

  /** Begins with a document. */
  begin(document: Document): void {
    this.#walk.tellRoot(document, 0, this.#recording.policy.fallback);
  }

  /** Tells what changed until there is nothing left, or it is that late. Does a piece in any case. */
  proceed(until: number): boolean {
    this.#take(this.#native.takeRecords());
    if (this.#observer.prepare?.() === false) return false;
    for (;;) {
      if (!this.#walk.proceed(until)) return false;
      // One at a time: in the place of a set that was emptied another change may stand.
      const [level] = this.#levels;
      const [host] = this.#hosts;
      const [node] = this.#pending;
      if (level) this.#relevel(level);
      else if (host) this.#shadow(host);
      else if (node) this.#add(node, until);
      else break;
      if (performance.now() > until) return false;
    }
    if (!this.#tellChanges(until)) return false;
    if (this.#hasDropped) this.#sweep();
    return true;
  }

  retell(element: Element, name: string): void {
    this.#touched = this.#recording.ids.count;
    this.#noteAttribute(element, name, undefined);
  }

  stop(): void {
    this.#native.disconnect();
    for (const undos of this.#roots.values()) for (const undo of undos) undo();
    this.#roots.clear();
  }

  #take(records: MutationRecord[]): void {
    const { ids } = this.#recording;
    /** What was removed and not added again, so far. */
    const leaving = new Set<Node>();
    for (const record of records) {
      const { type, target } = record;
      const id = ids.of(target);
      if (type === 'childList') this.#takeChildren(record, id, leaving);
      else if (type === 'attributes') this.#takeAttribute(record, id);
      else {
        if (id) this.#texts.add(target);
        this.#changed(parentNode(target));
      }
    }
    this.#touched = ids.count;
    for (const node of leaving) this.#forget(node);
  }

  #takeChildren({ target, addedNodes, removedNodes, previousSibling }: MutationRecord, targetId: number, leaving: Set<Node>): void {
    const { ids } = this.#recording;
    if (addedNodes.length + removedNodes.length > MAX_CHILDREN_AT_ONCE && nodeType(target) === 1) {
      if (targetId) this.#again(target);
      return;
    }
    this.#changed(target);
    const isOpen = targetId && !ids.isClosed(targetId);
    for (let index = 0; index < removedNodes.length; index++) {
      const node = removedNodes[index]!;
      leaving.add(node);
      this.#walk.left(target, node, previousSibling);
    }
    for (let index = 0; index < addedNodes.length; index++) {
      const node = addedNodes[index]!;
      // It comes from where it was not observed, or is now: what the engine has of it is worth nothing.
      if (!leaving.delete(node) || !isOpen) this.#forget(node);
      if (isOpen) this.#pending.add(node);
    }
  }

  #takeAttribute({ target, attributeName, attributeNamespace, oldValue }: MutationRecord, id: number): void {
    const element = target as Element;
    const changes = changesLevel(attributeName!);
    if (id) {
      // Of all namespaces only this one matters to what is shown, and its prefix is the usual one.
      this.#noteAttribute(element, attributeNamespace?.endsWith('xlink') ? `xlink:${attributeName}` : attributeName!, oldValue);
      if (changes) this.#levels.add(element);
    } else if (changes && this.#recording.ids.of(parentNode(element))) {
      // It was left out, and may be told now.
      this.#pending.add(element);
    }
  }

  #noteAttribute(element: Element, name: string, old: string | null | undefined): void {
    let elements = this.#attributes.get(name);
    if (!elements) this.#attributes.set(name, (elements = new Map()));
    if (old === undefined || !elements.has(element)) elements.set(element, old);
  }

  /** Tells observers of what changed in an element that is recorded without it, or whose value it is. */
  #changed(parent: Node | null): void {
    const { ids } = this.#recording;
    const id = ids.of(parent);
    if (!id || !(ids.isClosed(id) || nodeName(parent!) === 'TEXTAREA')) return;
    this.#observer.changed?.(parent as Element, id);
  }

  /** The engine has a node no longer. */
  #forget(node: Node): void {
    const { ids, ops } = this.#recording;
    this.#pending.delete(node);
    const id = ids.drop(node);
    if (!id) return;
    ops.add(Op.Remove, id);
    this.#hasDropped = true;
  }

  /** A node is told anew. */
  #again(node: Node): void {
    this.#forget(node);
    this.#pending.add(node);
  }

  /** Tells a pending node, and those beside it: they stand before the same one. */
  #add(first: Node, until: number): void {
    const { ids } = this.#recording;
    const parent = ids.of(parentNode(first));
    if (!parent || ids.isClosed(parent)) {
      // Told with its parent, if that ever is.
      this.#forget(first);
      return;
    }
    let before = 0;
    let end = nextSibling(first);
    while (end && (this.#pending.has(end) || !(before = ids.of(end)))) end = nextSibling(end);
    for (let node: Node = first; node !== end; node = nextSibling(node)!) {
      if (!this.#pending.delete(node)) continue;
      if (!this.#place(node, parent, before) || !this.#walk.proceed(until) || performance.now() > until) return;
    }
  }

  /** Moves a node or begins to tell it; answers whether its parent is still there. */
  #place(node: Node, parent: number, before: number): boolean {
    const { ids, ops } = this.#recording;
    const id = ids.of(node);
    if (id && this.#staysAsItIs(node, id, parent) && ids.has(parent, id)) {
      ids.move(id, parent);
      ops.place(Op.Move, id, parent, before);
      return true;
    }
    this.#forget(node);
    // Not so if the engine has the parent in the node still: then that is pending and will bring the node along.
    if (!ids.has(parent)) return false;
    this.#walk.tell(node, parent, before);
    return true;
  }

  /** Whether a recorded node would be told alike in that parent, and so would be what is below it. */
  #staysAsItIs(node: Node, id: number, parent: number): boolean {
    const { ids, policy } = this.#recording;
    const level = ids.level(id);
    if (nodeType(node) !== 1) return level === ids.level(parent);
    const element = node as Element;
    const trait = traitOf(element);
    const names = attributeNames(element);
    const now = levelOf(element, ids.level(parent), policy, trait, names);
    const fate = fateOf(element, now, trait);
    // Of the same level, but with what shows itself more openly below: within what is typed it may not.
    const isTyped = ids.isTyped(parent) || takesInput(trait, names);
    return now === level && isTyped === ids.isTyped(id) && fate !== Fate.Left && (fate === Fate.Shown || ids.isClosed(id));
  }

  #relevel(element: Element): void {
    const { ids } = this.#recording;
    this.#levels.delete(element);
    const id = ids.of(element);
    if (id && !this.#staysAsItIs(element, id, ids.parent(id))) this.#again(element);
  }

  #shadow(host: Element): void {
    const { ids } = this.#recording;
    this.#hosts.delete(host);
    const id = ids.of(host);
    const root = shadowRoot(host);
    if (id && root && !ids.isClosed(id) && !ids.of(root)) this.#walk.tellRoot(root, id, ids.level(id));
  }

  #tellChanges(until: number): boolean {
    const { ids, ops } = this.#recording;
    let changes = 0;
    const isLate = (): boolean => ++changes % CHANGES_A_LOOK === 0 && performance.now() > until;
    for (const [name, elements] of this.#attributes) {
      for (const [element, old] of elements) {
        elements.delete(element);
        const id = this.#touchedId(element);
        if (id) this.#tellAttribute(element, id, name, old);
        if (isLate()) return false;
      }
    }
    for (const node of this.#texts) {
      this.#texts.delete(node);
      const id = this.#touchedId(node);
      if (id) {
        ops.add(Op.Data, id);
        ops.text(this.#walk.textOf(node, ids.parent(id)));
      }
      if (isLate()) return false;
    }
    return true;
  }

  #tellAttribute(element: Element, id: number, name: string, old: string | null | undefined): void {
    const { ids, ops, policy } = this.#recording;
    this.#observer.attribute?.(element, id, name);
    const level = ids.level(id);
    const value = attribute(element, name);
    if (value === old || fateOf(element, level) !== Fate.Shown) return;
    const told = (value: string | null | undefined) => (value == null ? undefined : attributeValue(element, name, value, level, policy));
    const now = told(value);
    // Where it is not known what the engine was told, it may have been told something.
    if (now === undefined && old !== undefined && told(old) === undefined) return;
    ops.add(now === undefined ? Op.AttributeRemoved : Op.Attribute, id);
    ops.word(ops.name(name, roleOf(name)));
    if (now !== undefined) ops.text(now);
  }

  /** The number of a node that the engine was not told since it changed; 0 for all others. */
  #touchedId(node: Node): number {
    const id = this.#recording.ids.of(node);
    return id > this.#touched ? 0 : id;
  }

  #root(root: Root, id: number): void {
    const { ids, schedule } = this.#recording;
    const undos: Undo[] = [];
    this.#roots.set(id, undos);
    this.#native.observe(root, {
      attributeOldValue: true,
      attributes: true,
      characterData: true,
      childList: true,
      subtree: true,
    });
    const undo = this.#observer.root?.(root, id);
    if (undo) undos.push(undo);
    // A frame has another document, or none for us; of a tree in a shadow tree only that one hears.
    const load = ({ target }: any): void => {
      if (!isFrameName(nodeName(target)) || !ids.of(target) || ids.of(contentDocument(target))) return;
      this.#again(target);
      schedule();
    };
    if (this.#recording.hasFrames) undos.push(hear(this.#recording, root, { load }));
    // Unlike all else a shadow tree in an element that is recorded already is told by no observer.
    const attached = (host: Element): void => {
      if (!ids.of(host)) return;
      this.#hosts.add(host);
      schedule();
    };
    const view: any = (root as Document).defaultView;
    undos.push(...hearCalls(this.#recording, view?.Element.prototype, 'attachShadow', attached));
  }

  /** Lets go of trees that are recorded no longer. */
  #sweep(): void {
    this.#hasDropped = false;
    for (const [id, undos] of this.#roots) {
      if (this.#recording.ids.has(id)) continue;
      this.#roots.delete(id);
      for (const undo of undos) undo();
    }
  }
}
