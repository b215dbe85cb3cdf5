/** Whether the visitor agreed to be measured. Datadog's option of the same name. */
export type TrackingConsent = 'granted' | 'not-granted';

/** Where the session is kept between pages. Datadog's names. */
export type SessionPersistence = 'cookie' | 'local-storage' | 'memory';

/** Options of `init` that load a part of the SDK which is not loaded otherwise. */
export interface ExtraOptions {
  /**
   * Percentage, of the sessions that `sessionSampleRate` leaves, to keep from their first error on, with what led
   * to it on that page. Default: 0.
   */
  sessionOnErrorSampleRate?: number;
  /** Where the session is kept; of a list, the first place that works. Default: `local-storage`. */
  sessionPersistence?: SessionPersistence | SessionPersistence[];
  /** With cookies: one session for all hosts of the site. Default: false. */
  trackSessionAcrossSubdomains?: boolean;
  /** With cookies: only over https. Default: false. */
  useSecureSessionCookie?: boolean;
  /** With cookies: a session for a page embedded by another site, partitioned by it. Default: false. */
  usePartitionedCrossSiteSessionCookie?: boolean;
  /** Gives visitors an id that outlives their session, for up to a year. Default: false. */
  trackAnonymousUser?: boolean;
  /** Keeps user, account and global context for the site's next pages, in `localStorage`. Default: false. */
  storeContextsAcrossPages?: boolean;
  /**
   * Keeps what could not be delivered for the next visit, in IndexedDB: masked and redacted batches, 1 MiB and 4 hours at
   * most. Default: false.
   */
  offlineQueue?: boolean;
  /** Events, beside views and errors, that carry feature flags. Default: none. */
  trackFeatureFlagsForEvents?: ('vital' | 'action' | 'long_task' | 'resource')[];
  /** Requests that carry trace headers, from the page's first on. Default: none. */
  allowedTracingUrls?: (Match | TracingUrl)[];
  /** Percentage of kept sessions whose requests are traced, 0 to 100. Default: 100. */
  traceSampleRate?: number;
  /** Whether requests of sessions that are not traced say so (`all`) or carry nothing (`sampled`). Default: `sampled`. */
  traceContextInjection?: 'sampled' | 'all';
  /** Whether traced requests carry the session's id in `baggage`; never a user's or account's. Default: false. */
  propagateTraceBaggage?: boolean;
  /** GraphQL requests whose operations are told. Default: none. */
  allowedGraphQlUrls?: (Match | GraphQlUrl)[];
  /** Headers to tell of `fetch` and `XMLHttpRequest`: true for Datadog's twelve. Default: false. */
  trackResourceHeaders?: boolean | MatchHeader[];
  /**
   * Called with every event before it is recorded, in Datadog's form; may change it, or drop it by returning
   * false (not views). An event of which it throws is dropped.
   */
  beforeSend?: (event: any, context: any) => unknown;
  /** Percentage, of kept sessions, that are recorded for replay, 0 to 100. Default: 0. */
  sessionReplaySampleRate?: number;
  /** Percentage, of the others, recorded from a minute before their first error on; no earlier it leaves the page. Default: 0. */
  sessionReplayOnErrorSampleRate?: number;
  /** Records only from `startSessionReplayRecording` on. Default: false. */
  startSessionReplayRecordingManually?: boolean;
  /** File on the page's origin that imports `replay-worker-….js`, where that is on another (docs/guides/session-replay.md). */
  replayWorkerUrl?: string;
  /** Records iframes of the page's own origin, too. Default: false. */
  replayFrames?: boolean;
  /** Masked texts keep the lengths of their words. Default: false. */
  replayTextShapes?: boolean;
}

/** A URL: what it begins with, what it fits, or a function that says yes. The URL is given whole, query included. */
export type Match = string | RegExp | ((url: string) => boolean);

/** Forms of trace headers: W3C Trace Context, Datadog's own, Zipkin's in one header or several. */
export type PropagatorType = 'tracecontext' | 'datadog' | 'b3' | 'b3multi';

/** Requests that carry trace headers, with the forms of the headers. */
export interface TracingUrl {
  match: Match;
  /** Default: `tracecontext` and `datadog`. */
  propagatorTypes?: PropagatorType[] | null | undefined;
}

/** GraphQL requests, and what may be told of them beside the operation's type and name. */
export interface GraphQlUrl {
  match: Match;
  /** The query's text (32 KiB at most) and its variables. Default: false. */
  trackPayload?: boolean;
  /** How many errors the answer has. Default: false. */
  trackResponseErrors?: boolean;
}

/** Headers that may be told of a request. Names that carry secrets never are. */
export interface MatchHeader {
  /** Requests to these URLs only. Default: all. */
  url?: Match;
  /** The header's name, lower case. Default: Datadog's twelve about caching and content. */
  name?: Match;
  /** Of the value only the first group of this (or all of it, where it has none). */
  extractor?: RegExp;
  /** Default: `any`. */
  location?: 'request' | 'response' | 'any';
}

/** Types of resources, Datadog's; `websocket` is told as `other`. */
export type ResourceType = 'document' | 'xhr' | 'beacon' | 'fetch' | 'css' | 'js' | 'image' | 'font' | 'media' | 'websocket' | 'other';

/** What `startResource` takes beside the URL. */
export interface ResourceOptions {
  /** Default: `other`. */
  type?: ResourceType;
  method?: string;
  context?: Context;
  /** Tells apart resources of one URL that overlap. Default: the URL. */
  resourceKey?: string;
}

/** What `stopResource` takes beside the URL. */
export interface ResourceStopOptions {
  type?: ResourceType;
  statusCode?: number;
  /** Bytes of the body. */
  size?: number;
  context?: Context;
  resourceKey?: string;
}

/** What `startView` takes beside a name. */
export interface ViewOptions {
  /** Datadog `view.name`; best a route's template, such as `/claims/:id`. */
  name?: string;
  /** The part of the application the view belongs to, in place of the option of that name. */
  service?: string | null | undefined;
  /** Its version, likewise. */
  version?: string | null | undefined;
  /** In place of the document's URL; redacted like that. */
  url?: string;
  /** Facts for every event of the view. */
  context?: Context;
}

/** What may be told of the page: nothing that is shown, nothing that is typed in, or everything. */
export type DefaultPrivacyLevel = 'mask' | 'mask-user-input' | 'mask-unless-allowlisted' | 'allow';

/** What `init` takes. Names are Datadog's wherever Datadog has the option. */
export interface InitOptions extends ExtraOptions {
  /** The application's UUID, as registered with the collector. */
  applicationId: string;
  /** Where the collector is: its origin, optionally followed by one path segment of your choice. */
  endpoint: string;
  /** The public key the collector has for the application. Default: `applicationId`. */
  clientToken?: string;
  /** Name of the host application, Datadog tag `service`. */
  service?: string;
  /** Deployment environment, such as `prod`; Datadog tag `env`. */
  env?: string;
  /** Version of the host application, Datadog tag `version`. */
  version?: string;
  /** Percentage of sessions to keep, 0 to 100. Default: 100. */
  sessionSampleRate?: number;
  /** Treats a browser that asks for privacy (Global Privacy Control) as consent not granted. Default: false. */
  honorGlobalPrivacyControl?: boolean;
  /** Whether clicks become actions. Default: true. */
  trackUserInteractions?: boolean;
  /** Whether requests that fail (no answer, or status 500 and above) become errors. Default: false. */
  trackFailedRequests?: boolean;
  /** An attribute that names actions, beside `data-rum-action-name` and `data-dd-action-name`. */
  actionNameAttribute?: string;
  /** Whether names of actions obey privacy levels; `hidden` is obeyed always. Default: true. */
  enablePrivacyForActionName?: boolean;
  /** How much of the page may be told where no `data-dd-privacy` attribute says otherwise. Default: `mask`. */
  defaultPrivacyLevel?: DefaultPrivacyLevel;
  /** Whether views begin with `startView` only. Default: false. */
  trackViewsManually?: boolean;
  /**
   * Query parameters that may be sent. All others are dropped from every URL, and so are hashes: the entry `#`
   * keeps those that are paths (`#/claims`). Default: none.
   */
  allowedQueryParameters?: string[];
  /** Requests that do not count when a view's loading time is measured, such as polling. Default: none. */
  excludedActivityUrls?: Match[];
  /** Whether long animation frames, or where the browser has none, long tasks are recorded. Default: true. */
  trackLongTasks?: boolean;
  /** Whether what the page loads becomes resources. Default: true. */
  trackResources?: boolean;
  /** With `not-granted` nothing is captured, patched, stored or fetched until consent. Default: `granted`. */
  trackingConsent?: TrackingConsent;
}

/** Facts of the application's own; must be representable as JSON. */
export type Context = Record<string, unknown>;

/** What events of a moment belong to. Datadog's form. */
export interface InternalContext {
  application_id: string;
  session_id: string;
  view: { id: string; url: string; name?: string };
  user_action?: { id: string };
}

/** What `startAction` and `stopAction` take. */
export interface ActionOptions {
  /** Default: `custom`, which `application_start`, of mobile applications, is here, too. */
  type?: 'custom' | 'click' | 'tap' | 'scroll' | 'swipe' | 'back' | 'application_start';
  /** Tells actions of one name apart that go on at once. */
  actionKey?: string;
  context?: Context;
}

/** What calls about durations take. */
export interface VitalOptions {
  /** Tells durations of one name apart that are measured at once. */
  vitalKey?: string;
  description?: string;
  context?: Context;
}

/** A duration being measured. */
export interface DurationReference {
  name: string;
  vitalKey: number;
}

/** What calls about operations take. */
export interface OperationOptions {
  /** Tells operations of one name apart that go on at once. */
  operationKey?: string;
  description?: string;
  context?: Context;
}

/** The public API. No method throws, whatever it is given. */
export interface Rum {
  /** Starts monitoring. A wrong option gets one console warning and changes nothing in the page. */
  init(options: InitOptions): void;
  /** Reports something the user or the application did. */
  addAction(name: string, context?: object): void;
  /** Reports an action that begins now and lasts until `stopAction`. */
  startAction(name: string, options?: ActionOptions): void;
  /** Ends it, and reports it. */
  stopAction(name: string, options?: ActionOptions): void;
  /** Reports a duration the application measured. */
  addDurationVital(name: string, options: VitalOptions & { startTime: number; duration: number }): void;
  /** Begins to measure a duration; the answer names it for `stopDurationVital`, as its name does. */
  startDurationVital(name: string, options?: VitalOptions): DurationReference;
  /** Ends it, and reports it. */
  stopDurationVital(name: string | DurationReference, options?: VitalOptions): void;
  /** Reports that an operation of the application begins. */
  startOperation(name: string, options?: OperationOptions): void;
  /** Reports that it has succeeded. */
  succeedOperation(name: string, options?: OperationOptions): void;
  /** Reports that it has failed. */
  failOperation(name: string, reason: 'error' | 'abandoned' | 'other', options?: OperationOptions): void;
  /** Begins to record for replay, in a session to be replayed or, with `force`, in any that is kept. */
  startSessionReplayRecording(options?: { force?: boolean }): void;
  /** Ends the recording; what was recorded is sent. */
  stopSessionReplayRecording(): void;
  /** Reports an error the application caught. */
  addError(error: unknown, context?: object): void;
  /** Begins a view. With `trackViewsManually` the first call says what the view of the document load is. */
  startView(view?: string | ViewOptions): void;
  /** Names the view of the moment, best by its route's template. */
  setViewName(name: string): void;
  /**
   * Notes a moment of the view: now, or `time`. A time above `performance.timeOrigin` is milliseconds since the
   * epoch (`Date.now()`), any other milliseconds since the view began.
   */
  addTiming(name: string, time?: number): void;
  /** Says that the view is loaded now; nothing else counts for its loading time then. */
  setViewLoadingTime(): void;
  /** A load the browser does not tell of begins: one by native code, say. */
  startResource(url: string, options?: ResourceOptions): void;
  /** It has ended, and becomes a resource. */
  stopResource(url: string, options?: ResourceStopOptions): void;
  /** Reports errors and requests of a worker that calls `forwardFromWorker` of `rum-wasm/worker`. */
  addWorker(worker: Worker | SharedWorker | MessagePort): void;
  /** Grants or withdraws consent. Withdrawing erases what was stored and drops what was not sent. */
  setTrackingConsent(consent: TrackingConsent): void;
  /** Sends what there is and lets go of the page. */
  shutdown(): void;
  /** Version of this package. */
  readonly version: string;
  /** Calls back once the API is there; for a page that calls through the queue of the script tag. */
  onReady(callback: () => void): void;
  /** What `init` was given. */
  getInitConfiguration(): InitOptions | undefined;
  /** What events of a moment (`performance.now()`; default: this one) belong to, once the core runs. */
  getInternalContext(startTime?: number): InternalContext | undefined;
  /** Ends the session; the visitor's next activity begins another. */
  stopSession(): void;
  /** Facts on every event. */
  setGlobalContext(context: Context): void;
  setGlobalContextProperty(key: string, value: unknown): void;
  removeGlobalContextProperty(key: string): void;
  getGlobalContext(): Context;
  clearGlobalContext(): void;
  /** The visitor, Datadog `usr`. */
  setUser(user: Context): void;
  setUserProperty(key: string, value: unknown): void;
  removeUserProperty(key: string): void;
  getUser(): Context;
  clearUser(): void;
  /** Whom the visitor acts for, Datadog `account`. */
  setAccount(account: Context): void;
  setAccountProperty(key: string, value: unknown): void;
  removeAccountProperty(key: string): void;
  getAccount(): Context;
  clearAccount(): void;
  /** Facts on the events of this view. */
  setViewContext(context: Context): void;
  setViewContextProperty(key: string, value: unknown): void;
  removeViewContextProperty(key: string): void;
  getViewContext(): Context;
  clearViewContext(): void;
  /** What a feature flag was in this view. */
  addFeatureFlagEvaluation(key: string, value: unknown): void;
  /**
   * Another SDK in the same page, with its own options, session and contexts. `name` tells what it keeps between
   * pages from what others keep.
   */
  createInstance(name: string): Rum;
}

/** Options with which the SDK may start; the others are as they were given. */
export interface AdmittedOptions extends InitOptions {
  /** `<endpoint>/v1?k=<public key>`, and `&c=1` where the page manages consent. */
  intakeUrl: string;
  /** The name given to `createInstance`; empty for the first. */
  instance: string;
  trackingConsent: TrackingConsent;
}

/** Options as `checkOptions` left them: every type right, every default filled in. */
export interface CheckedOptions extends AdmittedOptions {
  sessionSampleRate: number;
  /** Options the loader does not check. */
  extra?: Record<string, unknown>;
  trackUserInteractions: boolean;
  trackFailedRequests: boolean;
  enablePrivacyForActionName: boolean;
  defaultPrivacyLevel: DefaultPrivacyLevel;
  trackViewsManually: boolean;
  allowedQueryParameters: string[];
  excludedActivityUrls: Match[];
  trackLongTasks: boolean;
  trackResources: boolean;
}

/** What the application said, by the names in the methods. Every change makes a new one. */
export type Contexts = Partial<
  Record<'GlobalContext' | 'User' | 'Account' | 'ViewContext' | 'FeatureFlags', Context | undefined>
>;

/** A call of the public API: its name, when it was made (page time, ms), its arguments. */
export type Call = [name: string, at: number, args: unknown[]];

/** The running SDK, as the loader sees it. */
export interface Sdk {
  call(call: Call): void;
  /** Sends what there is; with `erase` nothing more is sent and nothing stays stored. */
  stop(erase: boolean): void;
}

/** What the lazily loaded part exports: `boot` makes the core ready, the returned function starts it. */
export interface CoreModule {
  boot(
    options: AdmittedOptions,
    fetch: typeof window.fetch,
  ): Promise<(early: Event[], onFault: (fault?: unknown) => void, requests: Requests) => Sdk>;
  /** Leaves nothing of what earlier pages kept. */
  erase(options: AdmittedOptions): Promise<void>;
}

/** A call of the page's to `fetch`, or to a method of an `XMLHttpRequest`. */
export interface RequestCall {
  name: 'fetch' | 'open' | 'send' | 'abort';
  self: any;
  /** As the page gave them. */
  args: any[];
  /** When it was made (page time, ms). */
  at: number;
  /** What it returned; nothing before it has, or when it threw. */
  result?: any;
  /** Of the kept trace it carries: trace id and span id, 32 and 16 hexadecimal digits. */
  traceIds?: string | undefined;
  /** Whether it was made before somebody heard of it. */
  isEarly?: boolean;
}

/** Hears of a call before it is made, and again after. */
export type HearCall = (call: RequestCall, isMade: boolean) => void;

/** The page's calls that make requests. */
export interface Requests {
  /** `fetch` as the page had it before us. */
  fetch: typeof window.fetch;
  /** The stored session may have changed: its id, if it lives, is the one to trace by. Answers that. */
  useSession(stored: string): string;
  /** Hands over what was called so far and everything that will be. */
  hear(listener: HearCall): void;
  /** Lets go of the page's functions. */
  stop(): void;
}
