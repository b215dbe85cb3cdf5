/** Types of the facade `rum-wasm/datadog`. */
import type { Context, InitOptions, Rum } from './types.ts';

/**
 * What `datadogRum.init` takes: every option of `@datadog/browser-rum`. Some change nothing here, which
 * `docs/guides/migrate-from-datadog.md` tells of each and one console note of those that were given.
 */
export interface DatadogInitOptions
  extends Partially<Omit<InitOptions, 'service' | 'env' | 'version'>>,
    Partial<Record<Exclude<DatadogOption, keyof InitOptions>, unknown>> {
  /** The collector's door for the official SDK (`https://collector.example/dd`) says where the collector is, too. */
  proxy?: string | ((options: any) => string) | undefined;
  /** The collector knows the site. */
  site?: string | undefined;
  service?: string | null | undefined;
  env?: string | null | undefined;
  version?: string | null | undefined;
  /** Asked by nobody: there is no telemetry. */
  telemetrySampleRate?: number | undefined;
  telemetryConfigurationSampleRate?: number | undefined;
  telemetryUsageSampleRate?: number | undefined;
}

/** The official SDK's options may be there and undefined. */
type Partially<Options> = { [Name in keyof Options]?: Options[Name] | undefined };

/** Options of the official SDK that ours may lack: any value is taken. */
type DatadogOption =
  | 'profilingSampleRate'
  | 'sessionReplaySampleRate'
  | 'traceSampleRate'
  | 'traceContextInjection'
  | 'allowedTracingUrls'
  | 'propagateTraceBaggage'
  | 'trackResources'
  | 'trackLongTasks'
  | 'trackViewsManually'
  | 'actionNameAttribute'
  | 'enablePrivacyForActionName'
  | 'defaultPrivacyLevel'
  | 'startSessionReplayRecordingManually'
  | 'sessionReplayCanvasRecording'
  | 'trackResourceHeaders'
  | 'allowedGraphQlUrls'
  | 'excludedActivityUrls'
  | 'compressIntakeRequests'
  | 'workerUrl'
  | 'plugins'
  | 'betaEnableViewUpdates'
  | 'betaTrackWebSockets'
  | 'remoteConfigurationId'
  | 'remoteConfiguration'
  | 'remoteConfigurationProxy'
  | 'allowUntrustedEvents'
  | 'silentMultipleInit'
  | 'allowedTrackingOrigins'
  | 'subdomain'
  | 'replica'
  | 'datacenter'
  | 'source'
  | 'variant'
  | 'sdkVersion'
  | 'enableExperimentalFeatures';

type Nothing = (...args: any[]) => void;

/** Methods of the official SDK that ours may lack. */
interface DatadogMethods extends Record<DatadogMethod, Nothing> {
  getSessionReplayLink(): string | undefined;
}

/** Every method of the official SDK. */
export type DatadogMethod = (typeof METHODS)[number];

export const METHODS = [
  'addAction',
  'addDurationVital',
  'addError',
  'addFeatureFlagEvaluation',
  'addTiming',
  'clearAccount',
  'clearGlobalContext',
  'clearUser',
  'failFeatureOperation',
  'failOperation',
  'getAccount',
  'getGlobalContext',
  'getInitConfiguration',
  'getInternalContext',
  'getSessionReplayLink',
  'getUser',
  'getViewContext',
  'init',
  'onReady',
  'removeAccountProperty',
  'removeGlobalContextProperty',
  'removeUserProperty',
  'setAccount',
  'setAccountProperty',
  'setGlobalContext',
  'setGlobalContextProperty',
  'setTrackingConsent',
  'setUser',
  'setUserProperty',
  'setViewContext',
  'setViewContextProperty',
  'setViewLoadingTime',
  'setViewName',
  'startAction',
  'startDurationVital',
  'startFeatureOperation',
  'startOperation',
  'startResource',
  'startSessionReplayRecording',
  'startView',
  'stopAction',
  'stopDurationVital',
  'stopResource',
  'stopSession',
  'stopSessionReplayRecording',
  'succeedFeatureOperation',
  'succeedOperation',
] as const;

/** The API of `@datadog/browser-rum`, and ours beside it. */
export type DatadogRum = Omit<Rum, 'init'> &
  Omit<DatadogMethods, keyof Rum> & {
    init(options: DatadogInitOptions): void;
    getInitConfiguration(): Context | undefined;
    /** What `trackResourceHeaders: true` stands for. */
    readonly DEFAULT_TRACKED_RESOURCE_HEADERS: readonly string[];
  };
