/**
 * Where each of our fields stands in Datadog's events: for `beforeSend`. A field has one place, and its unit and words
 * are Datadog's.
 */
import {
  blocking,
  flag,
  id,
  json,
  listOf,
  mapOf,
  MAX_MESSAGE_BYTES,
  MAX_STACK_BYTES,
  needed,
  neededNumber,
  neededText,
  neededTime,
  number,
  oneOf,
  ratio,
  someOf,
  struct,
  text,
  textUpTo,
  time,
  tuple,
  type Table,
} from './datadog-form.ts';
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
