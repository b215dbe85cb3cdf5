import { attempt } from './host-value.ts';

/**
 * Calls back once the page has shown something, so that fetching and compiling the core never competes with
 * the first paint. A page that never paints (a background tab) calls back after its load event; a prerendered
 * page after it is activated, because until then it is nobody's visit.
 */
export function afterFirstPaint(callback: () => void): void {
  if ((document as { prerendering?: boolean }).prerendering) {
    // Captured: the event is the document's and does not bubble up to the window.
    addEventListener('prerenderingchange', () => afterFirstPaint(callback), { once: true, capture: true });
    return;
  }
  let isCalled = false;
  let observer: PerformanceObserver | undefined;
  const once = (): void => {
    if (isCalled) return;
    isCalled = true;
    observer?.disconnect();
    // In a task of its own: neither in the paint's nor in the load event's.
    setTimeout(callback);
  };
  // Without paint timing the load event remains.
  attempt(() => {
    observer = new PerformanceObserver(once);
    observer.observe({ type: 'paint', buffered: true });
  });
  if (document.readyState === 'complete') once();
  else addEventListener('load', once, { once: true });
}
