/** Clicks and other input. Of a clicked element only what developers wrote is read, never its text. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import type { Field } from '../encode.ts';
import { ActionEvent } from '../fields.ts';

/** What a click inside means: a `span` in a `button` stands for the button. */
const INTERACTIVE = 'a,button,input,select,textarea,label,summary,option,[role]';
const NAMED = '[data-rum-action-name],[data-dd-action-name]';
const HIDDEN = '[data-rum-privacy=hidden],[data-dd-privacy=hidden]';

/** What is told of a click: for the engine to make a name of, and for the event as it is. */
export interface Click {
  texts: [actionName: string | undefined, tag: string, id: string, role: string | undefined];
  facts: Field[];
}

/** Clicks, keys, and signs that somebody is there. */
export const watchInput: CreateAdapter = ({ emit, options }) => {
  const pointer = createPointer();
  return {
    hears: {
      pointerdown: pointer.press,
      click(event) {
        const click = options.trackUserInteractions && pointer.click(event as MouseEvent);
        if (click) emit(SignalKind.Click, event.timeStamp, [], click.texts, click.facts);
      },
      keydown(event) {
        if (event.isTrusted) emit(SignalKind.KeyDown, event.timeStamp);
      },
      scroll: (event) => emit(SignalKind.Activity, event.timeStamp),
    },
  };
};

/** Tells clicks from what only looks like one. */
export function createPointer(): { press(event: Event): void; click(event: MouseEvent): Click | undefined } {
  let pressed: EventTarget | null = null;
  let lastAt = 0;
  return {
    press(event) {
      pressed = event.target;
    },
    click(event) {
      const press = pressed;
      pressed = null;
      const clicked = event.target;
      // A scripted click is not the user's.
      if (!event.isTrusted || !(clicked instanceof Element)) return undefined;
      if (event.detail) {
        // A press on one element released on another is reported on their common ancestor and is no click.
        // Nor is a click without a press: a label hands its own on to its control (Firefox counts that one).
        if (press !== clicked) return undefined;
      } else if (event.timeStamp - lastAt < 1) {
        // The same in Chromium, which does not count it. Else a click without a count is one by keyboard.
        return undefined;
      }
      lastAt = event.timeStamp;
      return describe(clicked, event);
    },
  };
}

function describe(clicked: Element, event: MouseEvent): Click | undefined {
  if (clicked.closest(HIDDEN)) return undefined;
  const element = clicked.closest(INTERACTIVE) ?? clicked;
  const named = clicked.closest(NAMED);
  const box = element.getBoundingClientRect();
  return {
    texts: [
      attribute(named, 'data-rum-action-name') ?? attribute(named, 'data-dd-action-name'),
      element.localName,
      element.id,
      attribute(element, 'role'),
    ],
    facts: [
      // A click by keyboard has no position of its own.
      [ActionEvent.position, event.detail ? [event.clientX - box.x, event.clientY - box.y] : [0, 0]],
      [ActionEvent.targetSize, [box.width, box.height]],
    ],
  };
}

function attribute(element: Element | null, name: string): string | undefined {
  return element?.getAttribute(name) ?? undefined;
}
