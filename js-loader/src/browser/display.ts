/** What the visitor can see: the states of the page's life (WICG Page Lifecycle), and how far it is scrolled. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { PageLifeCycle, ViewEvent } from '../fields.ts';

/** Tells each change of state, and each scroll after the frame it shows in. */
export const watchDisplay: CreateAdapter = ({ emit, fence }) => {
  let last: PageLifeCycle | undefined;
  const tell = (state: PageLifeCycle, at: number): void => {
    if (state !== last) emit(SignalKind.Noted, at, [-1], [], [[ViewEvent.pageStates, (last = state)]]);
  };
  const look = ({ timeStamp: at }: { timeStamp: number }): void => {
    const isHidden = document.visibilityState === 'hidden';
    tell(isHidden ? PageLifeCycle.Hidden : document.hasFocus() ? PageLifeCycle.Active : PageLifeCycle.Passive, at);
  };
  look({ timeStamp: performance.now() });

  // A resize observer is called when the layout is done: here the reads cost nothing. It is called once for each
  // `observe`, and again when the page grows.
  const root = document.documentElement;
  const measurer = new ResizeObserver(
    fence(() => emit(SignalKind.Scrolled, performance.now(), [scrollY, innerHeight, root.scrollHeight])),
  );
  const measure = (): void => {
    measurer.unobserve(root);
    measurer.observe(root);
  };
  measure();
  return {
    hears: {
      pageshow: look,
      focus: look,
      blur: look,
      visibilitychange: look,
      resume: look,
      freeze: (event) => tell(PageLifeCycle.Frozen, event.timeStamp),
      pagehide: (event) =>
        tell((event as PageTransitionEvent).persisted ? PageLifeCycle.Frozen : PageLifeCycle.Terminated, event.timeStamp),
      scroll(event) {
        if (event.target === document) measure();
      },
    },
    stop: () => measurer.disconnect(),
  };
};
