/** Where the recording is seen: the frame in its recorded size, fitted into a container, with the pointer above. */
import type { DocumentModel } from './document-model.ts';
import { SANDBOX } from './frame.ts';
import type { Operation } from './operation.ts';
import { Pointer } from './pointer.ts';
import { Renderer } from './renderer.ts';
import type { Surroundings } from './surroundings.ts';

export class Stage {
  readonly #container: HTMLElement;
  readonly #screen: HTMLElement;
  readonly #pointer: Pointer;
  readonly #resizes: ResizeObserver;
  #frame: HTMLIFrameElement | null = null;
  #around: Surroundings | null = null;

  constructor(container: HTMLElement) {
    this.#container = container;
    this.#screen = document.createElement('div');
    // Not by a style attribute, which the policies of some pages forbid.
    Object.assign(this.#screen.style, { position: 'absolute', overflow: 'hidden', background: '#fff', transformOrigin: '0 0' });
    if (getComputedStyle(container).position === 'static') container.style.position = 'relative';
    container.style.overflow = 'hidden';
    container.append(this.#screen);
    this.#pointer = new Pointer(this.#screen);
    this.#resizes = new ResizeObserver(() => this.#fit());
    this.#resizes.observe(container);
  }

  /** Shows a model in a new frame: the kind of a document, and what was ever defined in it, stay with a frame. */
  show(model: DocumentModel, tellsDefined: boolean): Renderer {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', SANDBOX);
    frame.setAttribute('tabindex', '-1');
    frame.setAttribute('title', 'The recorded page');
    frame.setAttribute('referrerpolicy', 'no-referrer');
    // No pointer and no key gets in, and a dialog that opens in it takes no focus from the page around.
    frame.inert = true;
    Object.assign(frame.style, { position: 'absolute', inset: '0', border: '0', pointerEvents: 'none', transformOrigin: '0 0', visibility: 'hidden' });
    this.#size(frame, model.around);
    this.#screen.prepend(frame);
    const renderer = new Renderer(frame, model, tellsDefined);
    // The old one stays until the new one is whole.
    frame.style.visibility = 'visible';
    this.#frame?.remove();
    this.#frame = frame;
    this.follow(model.around);
    return renderer;
  }

  /** The window's size, zoom and pointer. */
  follow(around: Surroundings): void {
    this.#around = { ...around };
    if (this.#frame) this.#size(this.#frame, around);
    this.#pointer.show(around);
    this.#fit();
  }

  /** What is only seen in passing. */
  happened(operation: Operation): void {
    if (operation.op === 'click') this.#pointer.ring(operation.pointer);
    else if (operation.op === 'pointer') this.#pointer.trail(operation.pointer);
  }

  /** After a jump: where the pointer came from is of another time. */
  clearTraces(): void {
    this.#pointer.clear();
  }

  destroy(): void {
    this.#resizes.disconnect();
    this.#screen.remove();
  }

  #size(frame: HTMLIFrameElement, { viewport, visualViewport }: Surroundings): void {
    const { offsetLeft = 0, offsetTop = 0, scale = 1 } = visualViewport ?? {};
    Object.assign(frame.style, {
      width: `${viewport.width}px`,
      height: `${viewport.height}px`,
      transform: scale === 1 && !offsetLeft && !offsetTop ? 'none' : `scale(${scale}) translate(${-offsetLeft}px, ${-offsetTop}px)`,
    });
  }

  #fit(): void {
    if (!this.#around) return;
    const { width, height } = this.#around.viewport;
    const { clientWidth, clientHeight } = this.#container;
    const scale = Math.min(1, clientWidth / width, clientHeight / height) || 1;
    Object.assign(this.#screen.style, {
      width: `${width}px`,
      height: `${height}px`,
      transform: `scale(${scale})`,
      left: `${Math.max(0, (clientWidth - width * scale) / 2)}px`,
      top: `${Math.max(0, (clientHeight - height * scale) / 2)}px`,
    });
  }
}
