// Runs in the page: the recorder as it is, but for the engine. What it would be told is kept as text.

import { createRecorder } from '../../../../js-loader/src/replay/index.ts'
import type { RecorderHost, ReplayOptions } from '../../../../js-loader/src/replay/recording.ts'
import { messages } from './engine-in-page.ts'

/** Begins to record; the collector's policy is what is given. */
function record(defaultPrivacyLevel: ReplayOptions['defaultPrivacyLevel'], policy: unknown): void {
  const host: RecorderHost = {
    fence: (fn) => fn,
    fetch: () => Promise.resolve(new Response(JSON.stringify(policy))),
    applicationId: '',
    segmentUrl: '',
    policyUrl: '',
    options: { defaultPrivacyLevel, workerUrl: undefined, replayFrames: true, replayTextShapes: false },
    isHeld: false,
    timeOriginMs: performance.timeOrigin,
    told() {},
    ended: () => messages.push('ended'),
  }
  createRecorder(host).view('', '', 0)
}

Object.assign(globalThis, { record, messages })
