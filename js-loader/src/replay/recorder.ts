/** Records a page from its first view until it is stopped: asks what may be recorded, and begins when there is a document. */
import { askPolicy } from './privacy/policy.ts';
import type { Recorder, RecorderHost } from './recording.ts';
import { Tap } from './tap.ts';

export function createRecorder(host: RecorderHost): Recorder {
  let tap: Tap | undefined;
  let view: Parameters<Recorder['view']> | undefined;
  let { isHeld } = host;
  let isOver = false;

  const stop = (isErased: boolean): void => {
    isOver = true;
    tap?.stop(isErased);
    tap = undefined;
  };
  const end = (): void => {
    if (isOver) return;
    stop(true);
    host.ended();
  };
  const begin = async (): Promise<void> => {
    const policy = await askPolicy(host.fetch, host.policyUrl, host.options);
    await parsed();
    if (isOver) return;
    if (!policy) return end();
    tap = new Tap({ ...host, isHeld }, policy, end);
    tap.view(...view!);
  };

  return {
    view(...next) {
      const isFirst = !view;
      view = next;
      // What it throws here, no fence has caught.
      if (isFirst) begin().catch(end);
      else tap?.view(...next);
    },
    frustrated: (...click) => tap?.frustrated(...click),
    keep() {
      isHeld = false;
      tap?.keep();
    },
    leave: (isHidden) => tap?.leave(isHidden),
    stop,
  };
}

/** The document is interactive: what a parser adds would be told piece by piece. */
function parsed(): Promise<void> {
  return new Promise((resolve) => {
    if (document.readyState !== 'loading') resolve();
    else document.addEventListener('readystatechange', () => resolve(), { once: true });
  });
}
