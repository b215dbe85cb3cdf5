import { admit } from './admit.ts';
import { captureEarly } from './early.ts';
import { afterFirstPaint } from './first-paint.ts';
import { attempt } from './host-value.ts';
import { MAX_CALLS } from './limits.ts';
import { watchRequests } from './requests.ts';
import type {
  AdmittedOptions,
  Call,
  Context,
  Contexts,
  CoreModule,
  InitOptions,
  InternalContext,
  Rum,
  Sdk,
  TrackingConsent,
} from './types.ts';
import { warn } from './warn.ts';

/** One run of the SDK, from consent to shutdown or withdrawal. */
interface Run {
  /** `isNow`: not to be made later, when nobody waits for the answer any more. */
  call(call: Call, isNow?: boolean): void;
  stop(erase: boolean): void;
}

/**
 * Calls that wait for the core where it is not loaded yet; `js-loader/src/sdk.ts` has what they do. In the order that
 * compresses best.
 */
const QUEUED = [
  'addAction', 'startAction', 'stopAction', 'addDurationVital', 'startResource', 'stopResource', 'stopDurationVital',
  'startOperation', 'succeedOperation', 'failOperation', 'startView', 'addTiming', 'setViewName',
  'setViewLoadingTime', 'startDurationVital', 'addError', 'startSessionReplayRecording',
  'stopSessionReplayRecording', 'stopSession', 'addWorker'] as const;

/** Contexts with a getter and four ways to change them. */
const CONTEXTS = ['GlobalContext', 'User', 'Account', 'ViewContext'] as const;

/** Version of the package; set by build.mjs, so by nobody where the sources run as they are. */
declare const SDK_VERSION: string;

/**
 * Makes the public API. `importCore` loads the lazy part; how differs between a script tag and a bundler.
 * States: not initialised, waiting for consent, running, over.
 */
export function createRum(importCore: () => Promise<CoreModule>, instance = ''): Rum {
  let given: InitOptions | undefined;
  let options: AdmittedOptions | undefined;
  let consent: TrackingConsent | undefined;
  let contexts: Contexts = {};
  let run: Run | undefined;

  const say = (): void => run?.call(['say', performance.now(), [contexts]]);
  const change = (name: keyof Contexts, context?: Context): void => {
    contexts = { ...contexts, [name]: context };
    say();
  };

  const api: Record<string, (...args: any[]) => unknown> = {
    init(raw) {
      // Nothing to monitor on a server.
      if (typeof document === 'undefined') return;
      if (options) {
        warn('init was called before');
        return;
      }
      options = admit(raw, instance);
      if (!options) return;
      given = { ...raw };
      api.setTrackingConsent!(consent ?? options.trackingConsent);
    },
    setTrackingConsent(value) {
      consent = value;
      if (!options) return;
      const refuses = options.honorGlobalPrivacyControl && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
      if (value === 'granted' && !refuses) {
        if (run) return;
        run = startRun(options, importCore);
        say();
      } else {
        run?.stop(true);
        run = undefined;
        eraseLeftovers(options, importCore);
      }
    },
    shutdown() {
      run?.stop(false);
      run = options = undefined;
    },
    getInitConfiguration: () => given && { ...given },
    getInternalContext(startTime) {
      const box: { answer?: InternalContext } = {};
      run?.call(['getInternalContext', performance.now(), [startTime, box]], true);
      return box.answer;
    },
    addFeatureFlagEvaluation: (key, value) => change('FeatureFlags', { ...contexts.FeatureFlags, [key]: value }),
    onReady: (callback) => callback(),
    createInstance: (name) => createRum(importCore, name),
  };
  for (const name of CONTEXTS) {
    const setProperty = (key: string, value?: unknown): void =>
      change(name, snapshot({ ...contexts[name], [key]: value }) ?? contexts[name]);
    api[`set${name}`] = (context) => change(name, snapshot({ ...context }));
    api[`get${name}`] = () => snapshot({ ...contexts[name] });
    api[`set${name}Property`] = setProperty;
    api[`remove${name}Property`] = (key) => setProperty(key);
    api[`clear${name}`] = () => change(name);
  }
  for (const name of QUEUED) {
    api[name] = (...args) => {
      const at = performance.now();
      const given = args.map(snapshot);
      if (name === 'addError') {
        // Where the page called, without us; browsers that cannot tell it do without.
        const place: { stack?: string } = {};
        Error.captureStackTrace?.(place, api[name]!);
        given[2] = place.stack;
      }
      run?.call([name, at, given]);
      // Names this call for `stopDurationVital`.
      return name === 'startDurationVital' ? { name: args[0], vitalKey: at } : undefined;
    };
  }
  // No call into the SDK throws into the page.
  for (const [name, method] of Object.entries(api)) api[name] = (...args) => attempt(() => method(...args), `${name} failed`);
  return { ...api, version: typeof SDK_VERSION === 'string' ? SDK_VERSION : '' } as unknown as Rum;
}

/** What an earlier page kept, when there was consent. The core knows how; it is fetched only if something is. */
function eraseLeftovers(options: AdmittedOptions, importCore: () => Promise<CoreModule>): void {
  let kept = document.cookie;
  // A page may be forbidden to use it.
  attempt(() => (kept += Object.keys(localStorage)));
  if (/\brum_/.test(kept)) importCore().then((core) => core.erase(options)).catch(() => {});
}

function startRun(options: AdmittedOptions, importCore: () => Promise<CoreModule>): Run {
  const releaseEarly = captureEarly();
  const requests = watchRequests(options);
  /** Calls made before the core is there, in order; nothing once the run is over. */
  let queue: Call[] | undefined = [];
  let sdk: Sdk | undefined;
  const end = (fault?: unknown): void => {
    queue = sdk = undefined;
    releaseEarly();
    requests.stop();
    if (fault) warn('stopped; the page is not affected', fault);
  };
  afterFirstPaint(() => {
    if (!queue) return;
    importCore()
      .then((module) => module.boot(options, requests.fetch))
      .then((start) => {
        if (!queue) return;
        sdk = start(releaseEarly(), end, requests);
        for (const call of queue.splice(0)) sdk.call(call);
      })
      // The core could not be fetched, the policy of the page forbids wasm, or it trapped.
      .catch(end);
  });
  return {
    call(call, isNow) {
      if (sdk) sdk.call(call);
      else if (!isNow && queue && queue.length < MAX_CALLS) queue.push(call);
    },
    stop(erase) {
      sdk?.stop(erase);
      end();
    },
  };
}

/** A plain object as it is now: the page may change it before the core looks. Anything else as it is. */
function snapshot(value: unknown): any {
  if (({}).toString.call(value) !== '[object Object]' || value instanceof Error) return value;
  return attempt(() => JSON.parse(JSON.stringify(value)), 'context left out: it is no JSON');
}
