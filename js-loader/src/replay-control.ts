/**
 * Decides whether a view is recorded, and begins and ends recordings. Loaded where an option asks for replay, or the
 * application calls for it; the recorder itself is loaded only once there is something to record.
 */
import type { Page } from './adapter.ts';
import { SignalKind } from './core.ts';
import type { Field } from './encode.ts';
import { ViewEvent } from './fields.ts';
import { listen } from './browser/listen.ts';
import { parseSession, hex } from './browser/session.ts';
import { LEVELS } from './replay/privacy/level.ts';
import type { Recorder, RecorderHost } from './replay/recording.ts';
import { isSampled } from './tracing.ts';

/** What the core asks of it. Instants are page times, ms. */
export interface ReplayControl {
  /** A view began. */
  view(id: string, at: number): void;
  /** An error (0) or a click that frustrated its user happened. */
  moment(at: number, kinds: number): void;
  /** The application starts recording; `force` for a session that is not one of those to be replayed. */
  start(options?: { force?: boolean }): void;
  /** The application stops recording. */
  stop(): void;
  /** What is not sent yet is wanted: the page or the SDK may end at once. */
  drain(): void;
  /** The SDK ends. */
  end(): void;
}

/** Views that something may still be told of: the engine keeps fewer, in five minutes. */
const MAX_VIEWS = 50;

/** Why a session is recorded: not at all, until an error shows that it is worth keeping, or for good. */
const enum Choice {
  No,
  Held,
  Kept,
}

/** Loads the recorder. */
type ImportRecorder = () => Promise<{ createRecorder(host: RecorderHost): Recorder }>;

export function createReplayControl(page: Page, importRecorder: ImportRecorder = () => import('./replay/index.ts')): ReplayControl {
  const { emit, extras, fence, keeper, options, requests } = page;
  const {
    sessionOnErrorSampleRate = 0,
    sessionReplaySampleRate = 0,
    sessionReplayOnErrorSampleRate = 0,
    startSessionReplayRecordingManually: isManual = false,
  } = extras?.checked ?? {};
  /** Views by id, with when they began: what is told of one comes late. */
  const views = new Map<string, number>();
  let current = '';
  let session = '';
  let recorder: Promise<Recorder> | undefined;
  /** The one that is there; the promise is of the one that is wanted. */
  let running: Recorder | undefined;
  let isForced = false;
  let isWanted = !isManual;
  /** What was recorded is asked for, in this very moment. */
  let isLeaving = false;
  /** An error happened in a session that is recorded for that. */
  let hasFailed = false;

  const choose = (): Choice => {
    if (isForced) return Choice.Kept;
    // A share of the sessions that are kept for good, and the same share of those that are kept if an error happens.
    const rate = options.sessionSampleRate;
    const isForGood = isSampled(session, rate);
    const [from, to] = isForGood ? [0, rate] : [rate, rate + ((100 - rate) * sessionOnErrorSampleRate) / 100];
    const isOf = (share: number): boolean => isSampled(session, from + ((to - from) * share) / 100);
    const isKept = isForGood || !!parseSession(keeper.session())[3];
    if (isOf(sessionReplaySampleRate)) return isKept ? Choice.Kept : Choice.Held;
    const rest = ((100 - sessionReplaySampleRate) * sessionReplayOnErrorSampleRate) / 100;
    return rest && isOf(sessionReplaySampleRate + rest) ? (hasFailed ? Choice.Kept : Choice.Held) : Choice.No;
  };

  /** What events of a view say of its recording. */
  const say = (id: string, stats: Field[] = []): void => {
    const at = views.get(id);
    if (at === undefined) return;
    const choice = choose();
    emit(SignalKind.Replayed, at, [+(!!recorder && choice === Choice.Kept)], [], [
      [ViewEvent.sampledForReplay, choice === Choice.Kept],
      [ViewEvent.replayLevel, LEVELS.indexOf(options.defaultPrivacyLevel)],
      ...stats,
    ]);
  };

  const end = (isErased = false): void => {
    running?.stop(isErased);
    running = recorder = undefined;
  };

  const begin = (): void => {
    const choice = choose();
    if (!isWanted || choice === Choice.No || recorder) return;
    const doorOf = (name: string): string => options.intakeUrl.replace('/v1?', `/v1/${name}?`);
    const started = importRecorder().then(({ createRecorder }) => {
      // It was stopped while it was being loaded.
      if (recorder !== started) throw undefined;
      running = createRecorder({
        fetch: requests.fetch,
        applicationId: options.applicationId,
        segmentUrl: doorOf('s'),
        policyUrl: doorOf('p'),
        options: {
          defaultPrivacyLevel: options.defaultPrivacyLevel as 'mask',
          workerUrl: extras?.checked.replayWorkerUrl,
          replayFrames: !!extras?.checked.replayFrames,
          replayTextShapes: !!extras?.checked.replayTextShapes,
        },
        isHeld: choice === Choice.Held,
        timeOriginMs: Date.now() - performance.now(),
        told: (viewId, segments, records, rawBytes) =>
          say(viewId, [
            [ViewEvent.replaySegmentCount, segments],
            [ViewEvent.replayRecordCount, records],
            [ViewEvent.replayRawBytes, rawBytes],
          ]),
        ended: () => {
          end(true);
          isWanted = false;
          say(current);
        },
      });
      running.view(session, current, performance.now());
      return running;
    });
    recorder = started;
    // A chunk that cannot be fetched takes the recording with it, and nothing else.
    started.catch(() => {
      if (recorder !== started) return;
      recorder = undefined;
      isWanted = false;
      say(current);
    });
    say(current);
  };

  const stopListening = listen(window, ['pagehide', 'visibilitychange'], fence, ({ type }) => {
    const isHidden = type !== 'pagehide';
    if (!isHidden || document.visibilityState === 'hidden') running?.leave(isHidden);
  });

  return {
    view(id, at) {
      const [bytes] = parseSession(keeper.session());
      const before = session;
      session = hex(bytes);
      views.set(id, at);
      if (views.size > MAX_VIEWS) views.delete(views.keys().next().value!);
      current = id;
      if (before !== session) {
        end();
        hasFailed = isForced = false;
      }
      if (running) {
        running.view(session, id, at);
        say(id);
      } else {
        begin();
      }
    },
    moment(at, kinds) {
      if (kinds) {
        running?.frustrated(at, kinds);
      } else if (!hasFailed) {
        hasFailed = true;
        running?.keep();
        say(current);
      }
    },
    start(given) {
      isForced ||= !!given?.force;
      isWanted = true;
      begin();
    },
    stop() {
      isWanted = false;
      end();
      say(current);
    },
    drain() {
      isLeaving = true;
      queueMicrotask(() => (isLeaving = false));
    },
    end() {
      stopListening();
      // Where consent was withdrawn nothing was asked for before: nothing more may leave the page.
      end(!isLeaving);
    },
  };
}
