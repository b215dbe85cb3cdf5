/** Page activity: changes of the DOM and resources that came, told only while the engine wants to know. */
import type { CreateAdapter } from '../adapter.ts';
import { SignalKind } from '../core.ts';
import { matchesAny } from '../match.ts';

/** Parts of the page that change by themselves, such as clocks and tickers. */
const EXCLUDED = '[data-rum-excluded-activity-mutations],[data-dd-excluded-activity-mutations]';

/** Watches the document and what it loads. */
export const watchActivity: CreateAdapter = ({ emit, fence, options }) => {
  let isWatching = false;
  const counts = (target: Node): boolean => !(target instanceof Element ? target : target.parentElement)?.closest(EXCLUDED);
  const mutations = new MutationObserver(
    fence((records: MutationRecord[]) => {
      if (records.some(({ target }) => counts(target))) emit(SignalKind.Busy, performance.now());
    }),
  );
  const resources = new PerformanceObserver(
    fence((list: PerformanceObserverEntryList) => {
      for (const { name, startTime, duration, initiatorType } of isWatching ? (list.getEntries() as PerformanceResourceTiming[]) : []) {
        if (!matchesAny(options.excludedActivityUrls, name)) {
          // A request is activity all along, anything else when it comes.
          emit(SignalKind.Busy, startTime + duration, [/^(fetch|xml)/.test(initiatorType) ? duration : 0]);
        }
      }
    }),
  );
  resources.observe({ type: 'resource', buffered: true });
  return {
    watch(isOn) {
      isWatching = isOn;
      if (isOn) mutations.observe(document, { attributes: true, characterData: true, childList: true, subtree: true });
      else mutations.disconnect();
    },
    stop() {
      mutations.disconnect();
      resources.disconnect();
    },
  };
};
