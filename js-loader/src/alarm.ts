/** Keeps one timer, for the page time (ms) at which the engine next wants to be woken; Infinity for none. */
export function createAlarm(ring: () => void): (wakeAt: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let setFor = Infinity;
  return (wakeAt) => {
    if (wakeAt === setFor) return;
    clearTimeout(timer);
    setFor = wakeAt;
    if (wakeAt < Infinity) {
      timer = setTimeout(
        () => {
          setFor = Infinity;
          ring();
        },
        // Never early: browsers round down.
        Math.max(0, wakeAt - performance.now()) + 1,
      );
    }
  };
}
