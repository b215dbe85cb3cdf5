/**
 * What a recording comes down to: operations on a document, with texts and numbers looked up. Both of Datadog's formats and
 * our additions to them are read into these (`changes.ts`, `tree.ts`, `records.ts`); model, renderer and export know
 * no other.
 */

/** Where a node is put. */
export type Place =
  | { readonly at: 'root' }
  | { readonly at: 'append' | 'before' | 'after'; readonly of: number };

export type Namespace = 'html' | 'svg' | 'math';

export type Attribute = readonly [name: string, value: string];

/** What a node is, apart from where it is. */
export type Content =
  | { readonly kind: 'element'; readonly name: string; readonly namespace: Namespace; readonly attributes: readonly Attribute[] }
  | { readonly kind: 'text' | 'cdata'; readonly text: string }
  | { readonly kind: 'doctype'; readonly name: string; readonly publicId: string; readonly systemId: string }
  | { readonly kind: 'document' | 'fragment' | 'shadow' };

/** `layer` of operation `layer`; `Layer` of `rum-protocol/src/replay/model.rs`. */
export const LAYERS = ['none', 'modal', 'popover', 'fullscreen'] as const;
export type Layer = (typeof LAYERS)[number];

/** Datadog's `InputSelectionState`. */
export const CHOICES = ['chosen', 'not chosen', 'indeterminate'] as const;
export type Choice = (typeof CHOICES)[number];

export interface Sheet {
  /** One text, or a text for each rule. */
  readonly rules: readonly string[];
  readonly media: readonly string[];
  readonly isDisabled: boolean;
}

/** A rule inserted (its text), or deleted (null), at an index in its sheet; more than one index leads into nested rules. */
export interface RuleEdit {
  readonly index: readonly number[];
  readonly text: string | null;
}

export type MediaState =
  | { readonly name: 'plays'; readonly value: boolean }
  | { readonly name: 'seeked' | 'rate' | 'volume'; readonly value: number };

export interface VisualViewport {
  readonly offsetLeft: number;
  readonly offsetTop: number;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}

export interface Selection {
  readonly start: number;
  readonly startOffset: number;
  readonly end: number;
  readonly endOffset: number;
}

export type PointerKind = 'mouse' | 'touch' | 'pen';

/** A pointer somewhere in the layout viewport, CSS pixels. */
export interface PointerAt {
  readonly x: number;
  readonly y: number;
  readonly kind: PointerKind;
}

export type Operation =
  /** A view begins with nothing. */
  | { readonly op: 'reset' }
  | { readonly op: 'add'; readonly id: number; readonly place: Place; readonly content: Content }
  | { readonly op: 'remove'; readonly id: number }
  | { readonly op: 'attribute'; readonly id: number; readonly name: string; readonly value: string | null }
  | { readonly op: 'text'; readonly id: number; readonly text: string }
  | { readonly op: 'size'; readonly id: number; readonly width: number; readonly height: number }
  | { readonly op: 'scroll'; readonly id: number; readonly x: number; readonly y: number }
  | { readonly op: 'sheet'; readonly sheet: number; readonly content: Sheet }
  | { readonly op: 'attach'; readonly id: number; readonly sheets: readonly number[] }
  | { readonly op: 'rule'; readonly id: number; readonly edit: RuleEdit }
  | { readonly op: 'value'; readonly id: number; readonly value: string }
  | { readonly op: 'choice'; readonly id: number; readonly choice: Choice }
  | { readonly op: 'media'; readonly id: number; readonly state: MediaState }
  /** The content of a canvas or image, by the id of a resource this player does not have. */
  | { readonly op: 'image'; readonly id: number; readonly resource: string }
  | { readonly op: 'layer'; readonly id: number; readonly layer: Layer }
  | { readonly op: 'defined'; readonly names: readonly string[] }
  | { readonly op: 'viewport'; readonly width: number; readonly height: number }
  | { readonly op: 'visualViewport'; readonly viewport: VisualViewport }
  | { readonly op: 'href'; readonly href: string }
  | { readonly op: 'windowFocus'; readonly hasFocus: boolean }
  | { readonly op: 'focus'; readonly id: number | null }
  | { readonly op: 'selection'; readonly selection: Selection | null }
  /** The pointer moved; `target` is what it was over, where that is told. */
  | { readonly op: 'pointer'; readonly pointer: PointerAt; readonly target: number | null }
  | { readonly op: 'press'; readonly pointer: PointerAt | null; readonly isDown: boolean }
  | { readonly op: 'click'; readonly pointer: PointerAt; readonly target: number }
  | { readonly op: 'frustration'; readonly kinds: readonly string[] }
  | { readonly op: 'viewEnd' };
