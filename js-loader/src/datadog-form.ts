/**
 * Our fields as Datadog's events have them, and back: for `beforeSend`. A field has one place, and its unit and
 * words are Datadog's. What stands in no table passes as it is.
 */
import type { Read, ReadField } from './decode.ts';
import { encode, share, type Field, type Value } from './encode.ts';
import {
  ActionEvent,
  Cause,
  ClsAttribution,
  ErrorEvent,
  EventKind,
  FailedResource,
  FirstInputDelay,
  GraphQl,
  InpAttribution,
  LcpAttribution,
  LongTaskEvent,
  LongTaskScript,
  ResourceEvent,
  ScrollDepth,
  SharedContext,
  ViewContext,
  ViewEvent,
  VitalEvent,
  WebVitals,
} from './fields.ts';
import { contextJson } from './host-value.ts';

/** What `rum-protocol` takes: a short text, an error's message, its stack. */
const [MAX_TEXT_BYTES, MAX_MESSAGE_BYTES, MAX_STACK_BYTES] = [1_000, 2_000, 8_000];

/** A value of ours as Datadog has it, and back; nothing for what cannot be. */
interface Form {
  show(value: Read): unknown;
  take(shown: unknown): Value | undefined;
}

/** Where a field stands in Datadog's event, dots between the names; a struct's fields stand on their own. */
type Entry = [key: number, path: string, form: Form] | [key: number, table: Table];
export type Table = Entry[];

const textUpTo = (maxBytes: number): Form => ({
  show: (value) => value,
  take: (shown) => (typeof shown === 'string' ? cut(shown, maxBytes) : undefined),
});
const text = textUpTo(MAX_TEXT_BYTES);
const number: Form = { show: (value) => value, take: (shown) => (isNumber(shown) ? shown : undefined) };
const flag: Form = { show: (value) => value, take: (shown) => (typeof shown === 'boolean' ? shown : undefined) };
const ratio: Form = { show: (value) => value, take: (shown) => (isNumber(shown) ? share(shown) : undefined) };
/** Whole microseconds; whole nanoseconds. */
const time: Form = {
  show: (value) => (value as number) * 1_000,
  take: (shown) => (isNumber(shown) && shown >= 0 ? shown / 1_000 : undefined),
};
/** One that the protocol demands: what was taken out leaves nothing behind, but it leaves that. */
const needed = ({ show, take }: Form, nothing: Value): Form => ({ show, take: (shown) => take(shown) ?? nothing });
const neededText = needed(text, '');
const neededNumber = needed(number, 0);
const neededTime = needed(time, 0);
const id: Form = { show: (value) => uuid(value as Uint8Array), take: () => undefined };
const blocking: Form = {
  show: (value) => (value ? 'blocking' : 'non-blocking'),
  take: (shown) => (typeof shown === 'string' ? shown === 'blocking' : undefined),
};
const json: Form = { show: (value) => JSON.parse(value as string), take: contextJson };
/** A number that stands for a word. */
const oneOf = (...words: string[]): Form => ({
  show: (value) => words[value as number],
  take: (shown) => (words.includes(shown as string) ? words.indexOf(shown as string) : undefined),
});
/** A bit for each word. */
const someOf = (...words: string[]): Form => ({
  show: (value) => words.filter((_, bit) => ((value as number) >> bit) & 1),
  take: (shown) => words.reduce((bits, word, bit) => bits | (Array.isArray(shown) && shown.includes(word) ? 1 << bit : 0), 0),
});
/** A struct without keys. */
const tuple = (...names: [name: string, form: Form][]): Form => ({
  show: (value) => Object.fromEntries(names.map(([name, { show }], index) => [name, show((value as Read[])[index]!)])),
  take(shown) {
    const values = names.map(([name, { take }]) => take((shown as Record<string, unknown> | undefined)?.[name]));
    return values.every((value) => value !== undefined) ? values : undefined;
  },
});
const listOf = ({ show, take }: Form): Form => ({
  show: (value) => (value as Read[]).map(show),
  take: (shown) => (Array.isArray(shown) ? shown.map(take).filter((value) => value !== undefined) : undefined),
});
/** A list of names with values. */
const mapOf = ({ show, take }: Form): Form => ({
  show: (value) => Object.fromEntries((value as Read[][]).map(([name, item]) => [name, show(item!)])),
  take: (shown) =>
    Object.entries((shown as object | undefined) ?? {}).flatMap(([name, item]) => {
      const taken = take(item);
      return taken === undefined ? [] : [[name, taken]];
    }),
});
/** A struct with keys in a place of its own. */
const struct = (table: Table): Form => ({
  show(value) {
    const shown = {};
    put(shown, table, (value as { fields: ReadField[] }).fields);
    return shown;
  },
  take: (shown) => (shown && typeof shown === 'object' ? { fields: fieldsOf(shown, table) } : undefined),
});

const stack = textUpTo(MAX_STACK_BYTES);
const phase = tuple(['start', time], ['duration', time]);
const rect = tuple(['x', number], ['y', number], ['width', number], ['height', number]);
const headers = mapOf(text);

const VITALS: Table = [
  [WebVitals.lcpUs, 'view.largest_contentful_paint', time],
  [WebVitals.fcpUs, 'view.first_contentful_paint', time],
  [WebVitals.ttfbUs, 'view.first_byte', time],
  [WebVitals.cls, 'view.cumulative_layout_shift', ratio],
  [WebVitals.inpUs, 'view.interaction_to_next_paint', time],
  [
    WebVitals.lcpAttribution,
    [
      [LcpAttribution.selector, 'view.largest_contentful_paint_target_selector', text],
      [LcpAttribution.resourceUrl, 'view.performance.lcp.resource_url', text],
      [LcpAttribution.loadDelayUs, 'view.performance.lcp.sub_parts.load_delay', time],
      [LcpAttribution.loadTimeUs, 'view.performance.lcp.sub_parts.load_time', time],
      [LcpAttribution.renderDelayUs, 'view.performance.lcp.sub_parts.render_delay', time],
    ],
  ],
  [
    WebVitals.clsAttribution,
    [
      [ClsAttribution.afterUs, 'view.cumulative_layout_shift_time', time],
      [ClsAttribution.selector, 'view.cumulative_layout_shift_target_selector', text],
      [ClsAttribution.previousRect, 'view.performance.cls.previous_rect', rect],
      [ClsAttribution.currentRect, 'view.performance.cls.current_rect', rect],
    ],
  ],
  [
    WebVitals.inpAttribution,
    [
      [InpAttribution.afterUs, 'view.interaction_to_next_paint_time', time],
      [InpAttribution.selector, 'view.interaction_to_next_paint_target_selector', text],
      [InpAttribution.eventType, 'view.performance.inp.event_type', text],
      [InpAttribution.inputDelayUs, 'view.performance.inp.sub_parts.input_delay', time],
      [InpAttribution.processingUs, 'view.performance.inp.sub_parts.processing_duration', time],
      [InpAttribution.presentationDelayUs, 'view.performance.inp.sub_parts.presentation_delay', time],
    ],
  ],
  [
    WebVitals.fid,
    [
      [FirstInputDelay.durationUs, 'view.first_input_delay', neededTime],
      [FirstInputDelay.afterUs, 'view.first_input_time', neededTime],
      [FirstInputDelay.selector, 'view.first_input_target_selector', text],
    ],
  ],
];

const VIEW: Table = [
  [ViewEvent.isActive, 'view.is_active', flag],
  [ViewEvent.loadingType, 'view.loading_type', oneOf('initial_load', 'route_change', 'bf_cache', 'session_renewal')],
  [ViewEvent.timeSpentUs, 'view.time_spent', time],
  [ViewEvent.actionCount, 'view.action.count', number],
  [ViewEvent.errorCount, 'view.error.count', number],
  [ViewEvent.vitals, VITALS],
  [ViewEvent.resourceCount, 'view.resource.count', number],
  [ViewEvent.longTaskCount, 'view.long_task.count', number],
  [ViewEvent.frustrationCount, 'view.frustration.count', number],
  [ViewEvent.loadingTimeUs, 'view.loading_time', time],
  [ViewEvent.domInteractiveUs, 'view.dom_interactive', time],
  [ViewEvent.domContentLoadedUs, 'view.dom_content_loaded', time],
  [ViewEvent.domCompleteUs, 'view.dom_complete', time],
  [ViewEvent.loadEventUs, 'view.load_event', time],
  [ViewEvent.customTimings, 'view.custom_timings', mapOf(time)],
  [
    ViewEvent.pageStates,
    '_dd.page_states',
    listOf(tuple(['state', oneOf('active', 'passive', 'hidden', 'frozen', 'terminated')], ['start', time])),
  ],
  [
    ViewEvent.scroll,
    [
      [ScrollDepth.maxDepth, 'display.scroll.max_depth', neededNumber],
      [ScrollDepth.maxDepthScrollTop, 'display.scroll.max_depth_scroll_top', neededNumber],
      [ScrollDepth.maxScrollHeight, 'display.scroll.max_scroll_height', neededNumber],
      [ScrollDepth.maxScrollHeightAfterUs, 'display.scroll.max_scroll_height_time', neededTime],
    ],
  ],
];

const ACTION: Table = [
  [ActionEvent.id, 'action.id', id],
  [ActionEvent.actionType, 'action.type', oneOf('click', 'custom', 'tap', 'scroll', 'swipe', 'back')],
  [ActionEvent.name, 'action.target.name', neededText],
  [
    ActionEvent.nameSource,
    '_dd.action.name_source',
    oneOf('custom_attribute', 'mask_placeholder', 'standard_attribute', 'text_content', 'blank'),
  ],
  [ActionEvent.selector, '_dd.action.target.selector', text],
  [ActionEvent.position, '_dd.action.position', tuple(['x', number], ['y', number])],
  [ActionEvent.targetSize, '_dd.action.target_size', tuple(['width', number], ['height', number])],
  [ActionEvent.durationUs, 'action.loading_time', time],
  [ActionEvent.frustrations, 'action.frustration.type', someOf('rage_click', 'dead_click', 'error_click')],
  [ActionEvent.errorCount, 'action.error.count', number],
  [ActionEvent.resourceCount, 'action.resource.count', number],
  [ActionEvent.longTaskCount, 'action.long_task.count', number],
  [ActionEvent.composedPathSelector, '_dd.action.target.composed_path_selector', text],
];

const ERROR: Table = [
  [ErrorEvent.id, 'error.id', id],
  [ErrorEvent.message, 'error.message', needed(textUpTo(MAX_MESSAGE_BYTES), '')],
  [ErrorEvent.errorType, 'error.type', text],
  [ErrorEvent.stack, 'error.stack', stack],
  [ErrorEvent.source, 'error.source', oneOf('source', 'custom', 'console', 'report', 'network')],
  [ErrorEvent.handling, 'error.handling', oneOf('unhandled', 'handled')],
  [ErrorEvent.fingerprint, 'error.fingerprint', text],
  [ErrorEvent.handlingStack, 'error.handling_stack', stack],
  [ErrorEvent.componentStack, 'error.component_stack', stack],
  [
    ErrorEvent.causes,
    'error.causes',
    listOf(
      struct([
        [Cause.message, 'message', neededText],
        [Cause.errorType, 'type', text],
        [Cause.stack, 'stack', stack],
      ]),
    ),
  ],
  [ErrorEvent.cspDisposition, 'error.csp.disposition', oneOf('enforce', 'report')],
  [
    ErrorEvent.resource,
    'error.resource',
    struct([
      [FailedResource.url, 'url', neededText],
      [FailedResource.method, 'method', neededText],
      [FailedResource.statusCode, 'status_code', neededNumber],
    ]),
  ],
];

const RESOURCE: Table = [
  [ResourceEvent.id, 'resource.id', id],
  [
    ResourceEvent.resourceType,
    'resource.type',
    oneOf('document', 'xhr', 'beacon', 'fetch', 'css', 'js', 'image', 'font', 'media', 'other'),
  ],
  [ResourceEvent.url, 'resource.url', neededText],
  [ResourceEvent.method, 'resource.method', text],
  [ResourceEvent.statusCode, 'resource.status_code', number],
  [ResourceEvent.durationUs, 'resource.duration', time],
  [ResourceEvent.decodedBodySize, 'resource.decoded_body_size', number],
  [ResourceEvent.encodedBodySize, 'resource.encoded_body_size', number],
  [ResourceEvent.transferSize, 'resource.transfer_size', number],
  [ResourceEvent.isRenderBlocking, 'resource.render_blocking_status', blocking],
  [ResourceEvent.deliveryType, 'resource.delivery_type', text],
  [ResourceEvent.protocol, 'resource.protocol', text],
  [ResourceEvent.redirect, 'resource.redirect', phase],
  [ResourceEvent.dns, 'resource.dns', phase],
  [ResourceEvent.connect, 'resource.connect', phase],
  [ResourceEvent.ssl, 'resource.ssl', phase],
  [ResourceEvent.worker, 'resource.worker', phase],
  [ResourceEvent.firstByte, 'resource.first_byte', phase],
  [ResourceEvent.download, 'resource.download', phase],
  [ResourceEvent.traceSampleShare, '_dd.rule_psr', ratio],
  [
    ResourceEvent.graphql,
    'resource.graphql',
    struct([
      [GraphQl.operationType, 'operationType', text],
      [GraphQl.operationName, 'operationName', text],
      [GraphQl.variablesJson, 'variables', text],
      [GraphQl.payload, 'payload', text],
      [GraphQl.errorCount, 'error_count', number],
    ]),
  ],
  [ResourceEvent.requestHeaders, 'resource.request.headers', headers],
  [ResourceEvent.responseHeaders, 'resource.response.headers', headers],
];

const LONG_TASK: Table = [
  [LongTaskEvent.id, 'long_task.id', id],
  [LongTaskEvent.entryType, 'long_task.entry_type', oneOf('long-task', 'long-animation-frame')],
  [LongTaskEvent.durationUs, 'long_task.duration', neededTime],
  [LongTaskEvent.blockingUs, 'long_task.blocking_duration', time],
  [LongTaskEvent.startUs, 'long_task.start_time', time],
  [LongTaskEvent.renderStartUs, 'long_task.render_start', time],
  [LongTaskEvent.styleAndLayoutStartUs, 'long_task.style_and_layout_start', time],
  [LongTaskEvent.firstUiEventUs, 'long_task.first_ui_event_timestamp', time],
  [
    LongTaskEvent.scripts,
    'long_task.scripts',
    listOf(
      struct([
        [LongTaskScript.durationUs, 'duration', neededTime],
        [LongTaskScript.pauseUs, 'pause_duration', time],
        [LongTaskScript.forcedStyleAndLayoutUs, 'forced_style_and_layout_duration', time],
        [LongTaskScript.startUs, 'start_time', time],
        [LongTaskScript.executionStartUs, 'execution_start', time],
        [LongTaskScript.sourceUrl, 'source_url', text],
        [LongTaskScript.sourceFunction, 'source_function_name', text],
        [LongTaskScript.sourceCharPosition, 'source_char_position', number],
        [LongTaskScript.invoker, 'invoker', text],
        [LongTaskScript.invokerType, 'invoker_type', text],
        [LongTaskScript.windowAttribution, 'window_attribution', text],
      ]),
    ),
  ],
];

const VITAL: Table = [
  [VitalEvent.id, 'vital.id', id],
  [VitalEvent.vitalType, 'vital.type', oneOf('duration', 'operation_step')],
  [VitalEvent.name, 'vital.name', neededText],
  [VitalEvent.durationUs, 'vital.duration', time],
  [VitalEvent.stepType, 'vital.step_type', oneOf('start', 'end')],
  [VitalEvent.operationKey, 'vital.operation_key', text],
  [VitalEvent.failureReason, 'vital.failure_reason', oneOf('error', 'abandoned', 'other')],
  [VitalEvent.description, 'vital.description', text],
];

/** Of each kind: Datadog's `type`, its fields, and the field of its own context, where it has one. */
export const KINDS: Record<number, [type: string, table: Table, ownContext?: number]> = {
  [EventKind.View]: ['view', VIEW],
  [EventKind.Action]: ['action', ACTION, ActionEvent.contextJson],
  [EventKind.Error]: ['error', ERROR, ErrorEvent.contextJson],
  [EventKind.Resource]: ['resource', RESOURCE, ResourceEvent.contextJson],
  [EventKind.LongTask]: ['long_task', LONG_TASK],
  [EventKind.Vital]: ['vital', VITAL, VitalEvent.contextJson],
};

export const VIEW_CONTEXT: Table = [
  [ViewContext.id, 'view.id', id],
  [ViewContext.url, 'view.url', neededText],
  [ViewContext.referrer, 'view.referrer', text],
  [ViewContext.name, 'view.name', text],
  [ViewContext.service, 'service', text],
  [ViewContext.version, 'version', text],
];

export const SHARED: Table = [
  [SharedContext.userJson, 'usr', json],
  [SharedContext.accountJson, 'account', json],
  [SharedContext.featureFlagsJson, 'feature_flags', json],
];

/** Puts fields into an event of Datadog's form. */
export function put(event: object, table: Table, fields: ReadField[]): void {
  for (const { key, value } of fields) {
    const entry = table.find(([known]) => known === key);
    if (!entry) continue;
    if (entry.length === 2) put(event, entry[1], (value as { fields: ReadField[] }).fields);
    else set(event, entry[1], entry[2].show(value));
  }
}

/**
 * The fields of an event that may have been changed. What was not changed stays as it was to the byte, which
 * needs no way back; what is no longer there, or not of its type, is left out.
 */
export function replaced(before: object, after: object, table: Table, fields: ReadField[]): Uint8Array {
  const bytes: number[] = [];
  for (const { key, raw } of fields) {
    const entry = table.find(([known]) => known === key);
    // Ids are what they are.
    if (!entry || entry[2] === id || !pathsOf(entry).some((path) => isChanged(before, after, path))) bytes.push(...raw);
  }
  for (const entry of table) {
    if (entry[2] !== id && pathsOf(entry).some((path) => isChanged(before, after, path))) bytes.push(...encode(fieldsOf(after, [entry])));
  }
  return Uint8Array.from(bytes);
}

/** Whether what stands in a place differs from what stood there. */
export function isChanged(before: object, after: object, path: string): boolean {
  return JSON.stringify(get(before, path)) !== JSON.stringify(get(after, path));
}

/** Lower-case, as Datadog demands. */
export function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => (byte + 0x100).toString(16).slice(1)).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function fieldsOf(event: object, table: Table): Field[] {
  return table.map((entry): Field => {
    if (entry.length === 3) return [entry[0], entry[2].take(get(event, entry[1]))];
    // What is not there at all must not come to be for what it would need.
    const isThere = pathsOf(entry).some((path) => get(event, path) !== undefined);
    return [entry[0], isThere ? { fields: fieldsOf(event, entry[1]) } : undefined];
  });
}

function pathsOf(entry: Entry): string[] {
  return entry.length === 3 ? [entry[1]] : entry[1].flatMap(pathsOf);
}

type Branch = Record<string, unknown>;

function get(event: object, path: string): unknown {
  return path.split('.').reduce<unknown>((branch, name) => (branch as Branch | undefined)?.[name], event);
}

function set(event: object, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  const branch = names.reduce<Branch>((parent, name) => (parent[name] ??= {}) as Branch, event as Branch);
  branch[last] = value;
}

/** At most so many bytes of UTF-8, never half a character. */
function cut(whole: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(whole);
  if (bytes.length <= maxBytes) return whole;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/, '');
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
