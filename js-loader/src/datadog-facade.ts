/** The official SDK's API on top of ours: options translated, methods forwarded by name. */
import { METHODS, type DatadogInitOptions, type DatadogRum } from './datadog-types.ts';
import { knownOptions } from './options.ts';
import { createRum } from './rum.ts';
import type { CoreModule, ExtraOptions, InitOptions, InternalContext } from './types.ts';
import { warn } from './warn.ts';

/** Options that need a part of the SDK of their own (`extras.ts`). */
const EXTRA: Record<keyof ExtraOptions, true> = {
  allowedGraphQlUrls: true,
  allowedTracingUrls: true,
  beforeSend: true,
  offlineQueue: true,
  propagateTraceBaggage: true,
  replayFrames: true,
  replayTextShapes: true,
  replayWorkerUrl: true,
  sessionOnErrorSampleRate: true,
  sessionPersistence: true,
  sessionReplayOnErrorSampleRate: true,
  sessionReplaySampleRate: true,
  startSessionReplayRecordingManually: true,
  storeContextsAcrossPages: true,
  traceContextInjection: true,
  traceSampleRate: true,
  trackAnonymousUser: true,
  trackFeatureFlagsForEvents: true,
  trackResourceHeaders: true,
  trackSessionAcrossSubdomains: true,
  usePartitionedCrossSiteSessionCookie: true,
  useSecureSessionCookie: true,
};

/** Options whose purpose is met, or gone, without them: there is nothing to tell anybody. */
const NEEDLESS = new Set([
  'betaEnableViewUpdates',
  'compressIntakeRequests',
  'proxy',
  'silentMultipleInit',
  'site',
  'source',
  'telemetryConfigurationSampleRate',
  'telemetrySampleRate',
  'telemetryUsageSampleRate',
  'workerUrl',
]);

/** What `trackResourceHeaders: true` stands for there. */
const DEFAULT_TRACKED_RESOURCE_HEADERS = [
  'cache-control',
  'etag',
  'age',
  'expires',
  'content-type',
  'content-encoding',
  'vary',
  'content-length',
  'server-timing',
  'x-cache',
  'cf-cache-status',
  'x-vercel-cache',
];

/** Older names of methods. */
const RENAMED: Record<string, string> = {
  startFeatureOperation: 'startOperation',
  succeedFeatureOperation: 'succeedOperation',
  failFeatureOperation: 'failOperation',
};

export function createDatadogRum(importCore: () => Promise<CoreModule>): DatadogRum {
  const rum = createRum(importCore);
  const own = rum as unknown as Record<string, (...args: any[]) => unknown>;
  const facade: Record<string, unknown> = { ...rum, DEFAULT_TRACKED_RESOURCE_HEADERS };
  for (const name of METHODS) {
    // What we lack does nothing, but must not stop a page that calls it.
    facade[name] = own[RENAMED[name] ?? name] ?? (() => undefined);
  }
  let given: DatadogInitOptions | undefined;
  facade.init = (options: DatadogInitOptions) => {
    const before = rum.getInitConfiguration();
    rum.init(translate({ ...options }));
    if (!before && rum.getInitConfiguration()) given = { ...options };
  };
  // Only those who say their site have an account there.
  facade.getSessionReplayLink = () => given?.site && replayLink(given.site, rum.getInternalContext());
  facade.getInitConfiguration = () => given && { ...given };
  return facade as unknown as DatadogRum;
}

/** Our options of theirs. What means something there and nothing here is named in one console note. */
function translate(given: DatadogInitOptions): InitOptions {
  const options: Record<string, unknown> = { endpoint: endpointOf(given) };
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    // `service: null` and the like mean what leaving them out means.
    if (value === undefined || value === null) continue;
    if (knownOptions.includes(name) || name in EXTRA) options[name] = value;
    else if (!NEEDLESS.has(name) && value && !(Array.isArray(value) && !value.length)) unknown.push(name);
  }
  if (typeof given.proxy === 'function') unknown.push('proxy as a function');
  if (unknown.length) warn(`these options change nothing here: ${unknown.join(', ')}`);
  return options as unknown as InitOptions;
}

/** Where Datadog shows the replay of the moment. */
function replayLink(site: string, context: InternalContext | undefined): string | undefined {
  if (!context) return undefined;
  // US1 and EU1 have their application at `app.`, the other sites at their own name.
  const host = /^datadoghq\.(com|eu)$/.test(site) ? `app.${site}` : site;
  return `https://${host}/rum/replay/sessions/${context.session_id}?seed=${context.view.id}&from=${Date.now()}`;
}

/** `proxy` names the collector's door for the official SDK, which is the collector's address and `/dd`. */
function endpointOf({ endpoint, proxy }: DatadogInitOptions): unknown {
  return endpoint ?? (typeof proxy === 'string' ? proxy.replace(/\/dd\/?$/, '') : undefined);
}
