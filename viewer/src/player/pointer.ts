/** The recorded pointer over the frame: where it is, the way it came, and a ring where something was clicked. */
import type { Surroundings } from './surroundings.ts';
import type { PointerAt } from './operation.ts';

/** Positions of the trail: about a second of movement. */
const TRAIL_POSITIONS = 20;
const RING_MS = 700;
/** Rings at once. */
const MAX_RINGS = 20;

const SVG = 'http://www.w3.org/2000/svg';
/** An arrow with its tip at 0,0. */
const ARROW = 'M0 0 L0 17 L4.5 13 L7.5 20 L10.5 18.7 L7.6 12 L13 11.5 Z';

export class Pointer {
  readonly #layer: SVGSVGElement;
  readonly #arrow: SVGElement;
  readonly #finger: SVGElement;
  readonly #line: SVGElement;
  readonly #rings = new Set<SVGElement>();
  #positions: { x: number; y: number }[] = [];
  #zoom: Pick<NonNullable<Surroundings['visualViewport']>, 'offsetLeft' | 'offsetTop' | 'scale'> = { offsetLeft: 0, offsetTop: 0, scale: 1 };

  constructor(screen: HTMLElement) {
    this.#layer = svg('svg', { width: '100%', height: '100%', 'aria-hidden': 'true' }) as SVGSVGElement;
    Object.assign(this.#layer.style, { position: 'absolute', inset: '0', pointerEvents: 'none' });
    this.#line = svg('polyline', { fill: 'none', stroke: '#3b5bdb', 'stroke-width': '3', 'stroke-opacity': '0.45', 'stroke-linejoin': 'round', 'stroke-linecap': 'round' });
    this.#arrow = svg('path', { d: ARROW, fill: '#111', stroke: '#fff', 'stroke-width': '1.5', visibility: 'hidden' });
    this.#finger = svg('circle', { r: '14', fill: '#3b5bdb', 'fill-opacity': '0.35', stroke: '#3b5bdb', visibility: 'hidden' });
    this.#layer.append(this.#line, this.#finger, this.#arrow);
    screen.append(this.#layer);
  }

  show({ pointer, isPressed, visualViewport }: Surroundings): void {
    this.#zoom = visualViewport ?? { offsetLeft: 0, offsetTop: 0, scale: 1 };
    const isMouse = pointer?.kind === 'mouse';
    this.#arrow.setAttribute('visibility', isMouse ? 'visible' : 'hidden');
    // A finger is only seen while it touches.
    this.#finger.setAttribute('visibility', pointer && !isMouse && isPressed ? 'visible' : 'hidden');
    if (!pointer) return;
    const { x, y } = this.#onScreen(pointer);
    for (const shape of [this.#arrow, this.#finger]) shape.setAttribute('transform', `translate(${x} ${y})`);
  }

  trail(pointer: PointerAt): void {
    this.#positions = [...this.#positions, this.#onScreen(pointer)].slice(-TRAIL_POSITIONS);
    this.#line.setAttribute('points', this.#positions.map(({ x, y }) => `${x},${y}`).join(' '));
  }

  ring(pointer: PointerAt): void {
    if (this.#rings.size >= MAX_RINGS) return;
    const { x, y } = this.#onScreen(pointer);
    const ring = svg('circle', { cx: String(x), cy: String(y), r: '6', fill: 'none', stroke: '#b3261e', 'stroke-width': '3' });
    this.#layer.append(ring);
    this.#rings.add(ring);
    const fades = ring.animate([{ r: '6px', opacity: 1 }, { r: '32px', opacity: 0 }], { duration: RING_MS, easing: 'ease-out' });
    const end = (): void => {
      ring.remove();
      this.#rings.delete(ring);
    };
    fades.addEventListener('finish', end);
    fades.addEventListener('cancel', end);
  }

  clear(): void {
    this.#positions = [];
    this.#line.setAttribute('points', '');
  }

  /** Positions are told in the layout viewport; what is seen of that is zoomed. */
  #onScreen({ x, y }: PointerAt): { x: number; y: number } {
    const { offsetLeft, offsetTop, scale } = this.#zoom;
    return { x: (x - offsetLeft) * scale, y: (y - offsetTop) * scale };
  }
}

function svg(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS(SVG, name) as SVGElement;
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
