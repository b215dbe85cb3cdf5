/** One session: its replay, with what happened in it. */
import { createPlayer, type Marker, type Player } from '../player/index.ts';
import { fetchReplay, fetchSegments, type Replay } from './api.ts';
import { byId, clockTime, count, element, pathOf } from './text.ts';

/** What an arrow key moves, ms. */
const STEP_MS = 5_000;

export class PlayerScreen {
  readonly #sessionId: string;
  readonly #tell: (state: string, text: string) => void;
  readonly #player: Player;
  readonly #undo = new AbortController();
  readonly #position = byId<HTMLInputElement>('position');
  readonly #play = byId('play');
  #missing = 0;

  constructor(sessionId: string, tell: (state: string, text: string) => void) {
    this.#sessionId = sessionId;
    this.#tell = tell;
    this.#player = createPlayer(byId('stage'), {
      onTime: (ms) => this.#showTime(ms),
      onState: (state) => {
        this.#play.textContent = state === 'playing' ? 'Pause' : state === 'ended' ? 'Again' : 'Play';
      },
    });
    this.#listen();
  }

  async open(): Promise<void> {
    const replay = await fetchReplay(this.#sessionId);
    const total = replay.segments.length;
    const { found, missing } = await fetchSegments(replay, (done) => this.#tell('', `Loading ${done} of ${total}`));
    if (this.#undo.signal.aborted) return;
    this.#missing = missing;
    this.#player.load(found);
    this.#player.addMarkers(replay.markers.map(markerOf));
    this.#player.skipInactivity(byId<HTMLInputElement>('skip').checked);
    this.#player.setSpeed(Number(byId<HTMLSelectElement>('speed').value));
    this.#showCourse();
    this.#tell('live', `Session ${this.#sessionId.slice(0, 8)} · ${new Date(this.#player.startMs).toLocaleString()}`);
  }

  close(): void {
    this.#undo.abort();
    this.#player.destroy();
  }

  #listen(): void {
    const { signal } = this.#undo;
    this.#play.addEventListener('click', () => this.#toggle(), { signal });
    this.#position.addEventListener('input', () => this.#player.seek(Number(this.#position.value)), { signal });
    this.#position.addEventListener('keydown', (event) => this.#key(event), { signal });
    const speed = byId<HTMLSelectElement>('speed');
    speed.addEventListener('change', () => this.#player.setSpeed(Number(speed.value)), { signal });
    const skip = byId<HTMLInputElement>('skip');
    skip.addEventListener('change', () => this.#player.skipInactivity(skip.checked), { signal });
    byId('export').addEventListener('click', () => this.#export(), { signal });
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
  }

  #toggle(): void {
    if (this.#player.state === 'playing') this.#player.pause();
    else this.#player.play();
  }

  /** Space plays and pauses, arrows step; not where a control has its own use for them. */
  #key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const isOther = target.closest('button, select, a, input') && target !== this.#position;
    if (event.defaultPrevented || isOther || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ') this.#toggle();
    else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') this.#player.seek(this.#player.positionMs + (event.key === 'ArrowLeft' ? -STEP_MS : STEP_MS));
    else return;
    event.preventDefault();
  }

  #showTime(ms: number): void {
    const told = `${clockTime(ms)} / ${clockTime(this.#player.durationMs)}`;
    this.#position.value = String(ms);
    this.#position.setAttribute('aria-valuetext', told);
    byId('time').textContent = told;
    const current = this.#player.views.findLast(({ startMs }) => startMs - this.#player.startMs <= ms + 1);
    for (const button of byId('views').querySelectorAll<HTMLElement>('.jump')) {
      button.setAttribute('aria-current', String(current !== undefined && Number(button.dataset['at']) === current.startMs - this.#player.startMs));
    }
  }

  #showCourse(): void {
    const { durationMs, startMs, views, stats, inactivities } = this.#player;
    this.#position.max = String(durationMs);
    const markers = this.#player.markers();
    byId('marks').replaceChildren(
      ...inactivities.map((stretch) => mark('idle', stretch.startMs - startMs, durationMs, stretch.endMs - stretch.startMs)),
      ...markers.map(({ kind, atMs }) => mark(kind, atMs, durationMs)),
    );
    byId('views').replaceChildren(...views.map((view) => this.#jump({ atMs: view.startMs - startMs, kind: 'view', text: pathOf(view.href) || 'view' })));
    byId('happenings').replaceChildren(...markers.filter(({ kind }) => kind !== 'view').map((marker) => this.#jump(marker)));
    const notes = [
      stats.gaps.length + this.#missing > 0 ? 'parts are missing' : '',
      stats.skipped > 0 ? `${count(stats.skipped, 'thing')} could not be read` : '',
    ];
    byId('notes').textContent = notes.filter(Boolean).join(' · ');
    this.#showTime(0);
  }

  #jump({ atMs, kind, text }: Marker): HTMLElement {
    const button = element('button', `jump of-${kind}`, [
      element('span', 'when', clockTime(atMs)),
      element('span', 'kind', kind),
      element('span', 'what', text),
    ]);
    button.type = 'button';
    button.title = text;
    button.dataset['at'] = String(atMs);
    button.addEventListener('click', () => this.#player.seek(atMs), { signal: this.#undo.signal });
    return element('li', '', [button]);
  }

  #export(): void {
    const url = URL.createObjectURL(new Blob([JSON.stringify(this.#player.exportRrweb())], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `replay-${this.#sessionId}.json`;
    link.click();
    // The download has its own hold on what it reads once the click is over.
    setTimeout(() => URL.revokeObjectURL(url));
  }
}

function mark(kind: string, atMs: number, durationMs: number, lengthMs?: number): HTMLElement {
  const made = element('span', `mark of-${kind}`, '');
  const share = (ms: number): string => `${durationMs > 0 ? (100 * ms) / durationMs : 0}%`;
  made.style.left = share(atMs);
  if (lengthMs !== undefined) made.style.width = share(lengthMs);
  return made;
}

function markerOf({ at_ms: atMs, kind, text }: Replay['markers'][number]): Marker {
  return { atMs, kind, text };
}
