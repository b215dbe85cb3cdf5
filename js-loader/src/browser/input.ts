/** Clicks and other input. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { short, type Field } from '../encode.ts';
import { ActionEvent } from '../fields.ts';
import { attempt } from '../host-value.ts';
import type { CheckedOptions } from '../types.ts';
import { createNaming } from './action-name.ts';
import { composedPathOf, selectorOf } from './selector.ts';

/** What a click inside means: a `span` in a `button` stands for the button. */
const INTERACTIVE = 'a,button,input,select,textarea,label,summary,option,[role]';

/** Where a click that changes nothing is as it should be: it sets a caret, or opens what the page cannot see. */
const NEVER_DEAD =
  'input:not([type=checkbox],[type=radio],[type=button],[type=submit],[type=reset],[type=range]),textarea,select,canvas,a[href],[contenteditable],[contenteditable] *';

const IGNORED = 'data-dd-ignore-frustration';
const FRUSTRATIONS = ['rage-click', 'dead-click', 'error-click'];
/** Sums of `Frustration`s in the protocol. */
const DEAD = 2;
const RAGE_AND_DEAD = 3;
/** Beside them: the click before this one was on the same element. */
const SAME_TARGET = 8;
/** It is being told after its time: the core was not there yet. */
const EARLY = 16;

/** What is told of a click: for the engine to judge by, and for the event as it is. */
export interface Click {
  numbers: [x: number, y: number, flags: number];
  facts: Field[];
}

/** Clicks, keys, and signs that somebody is there. */
export const watchInput: CreateAdapter = ({ emit, options }) => {
  const pointer = createPointer(options);
  const react = (event: Event): void => {
    if (pointer.reacts(event)) emit(SignalKind.Reacted, event.timeStamp);
  };
  return {
    hears: {
      pointerdown: pointer.press,
      click(event) {
        const click = options.trackUserInteractions && pointer.click(event as MouseEvent);
        if (click) emit(SignalKind.Click, event.timeStamp, click.numbers, [], click.facts);
      },
      keydown(event) {
        if (event.isTrusted) emit(SignalKind.KeyDown, event.timeStamp);
      },
      scroll(event) {
        emit(SignalKind.Activity, event.timeStamp);
        react(event);
      },
      input: react,
      selectionchange: react,
    },
  };
};

/** Tells clicks from what only looks like one, and what the user did besides. */
export function createPointer(options: CheckedOptions) {
  const nameOf = createNaming(options);
  let pressed: EventTarget | null = null;
  let clicked: EventTarget | null = null;
  let lastAt = 0;
  let isSelected = false;
  let hasReacted = false;

  /** Nothing for what is hidden. */
  const describe = (inner: Element, { clientX, clientY, detail, eventPhase }: MouseEvent): Click | undefined => {
    const element = inner.closest(INTERACTIVE) ?? inner;
    const name = nameOf(inner, element);
    if (!name) return undefined;
    const { x, y, width, height } = element.getBoundingClientRect();
    const flags = (hasReacted ? RAGE_AND_DEAD : 0) | ignoredOf(inner) | (inner === clicked ? SAME_TARGET : 0) | (eventPhase ? 0 : EARLY);
    clicked = inner;
    hasReacted = false;
    return {
      numbers: [clientX, clientY, flags],
      facts: [
        [ActionEvent.name, short(name[0])],
        [ActionEvent.nameSource, name[1]],
        [ActionEvent.selector, selectorOf(element)],
        [ActionEvent.composedPathSelector, composedPathOf(element)],
        // A click by keyboard has no position of its own.
        [ActionEvent.position, detail ? [clientX - x, clientY - y] : [0, 0]],
        [ActionEvent.targetSize, [width, height]],
      ],
    };
  };

  return {
    press(event: Event): void {
      pressed = event.target;
      hasReacted = false;
    },
    /**
     * Whether this came of the last click: something was scrolled, typed, selected or deselected. Between press and
     * click it is of the click to come, which will say so.
     */
    reacts(event: Event): boolean {
      if (event.type === 'selectionchange') {
        const was = isSelected;
        isSelected = getSelection()?.isCollapsed === false;
        // A click alone moves the caret.
        if (!was && !isSelected) return false;
      }
      hasReacted = true;
      return !pressed;
    },
    click(event: MouseEvent): Click | undefined {
      const press = pressed;
      pressed = null;
      const { target, detail, timeStamp } = event;
      // A scripted click is not the user's.
      if (!event.isTrusted || !(target instanceof Element)) return undefined;
      if (detail) {
        // A press on one element released on another is reported on their common ancestor and is no click.
        // Nor is a click without a press: a label hands its own on to its control (Firefox counts that one).
        if (press !== target) return undefined;
      } else if (timeStamp - lastAt < 1) {
        // The same in Chromium, which does not count it. Else a click without a count is one by keyboard.
        return undefined;
      }
      lastAt = timeStamp;
      // Within a shadow tree; an event from before the core was there no longer tells its path.
      const [inner = target] = event.composedPath();
      // What cannot be read is not told.
      return attempt(() => describe(inner as Element, event));
    },
  };
}

/** The frustrations a click here cannot be. */
function ignoredOf(element: Element): number {
  const words = element.closest(`[${IGNORED}]`)?.getAttribute(IGNORED) ?? '';
  const { control = element } = (element.closest('label') ?? {}) as { control?: Element | null };
  let ignored = (control ?? element).closest(NEVER_DEAD) ? DEAD : 0;
  // Not `reduce`, here and elsewhere: on pages with old versions of Prototype.js it is another method.
  FRUSTRATIONS.forEach((word, index) => {
    if (/^all$/.test(words) || words.includes(word)) ignored |= 1 << index;
  });
  return ignored;
}
