/** Numbers of the fields `rum-protocol` declares, and of its enums. Written by `cargo xtask fields`. */

export const enum Batch {
  protocolVersion = 0,
  id = 1,
  closedAtMs = 2,
  sdkVersion = 3,
  flushReason = 4,
  context = 5,
  views = 6,
  events = 7,
  lostEvents = 8,
  shared = 9,
}

export const enum Context {
  applicationId = 0,
  sessionId = 1,
  service = 2,
  env = 3,
  version = 4,
  sessionSampleRate = 5,
  viewport = 6,
  locale = 7,
  timeZone = 8,
  traceSampleRate = 9,
  sessionReplaySampleRate = 10,
  anonymousId = 11,
  tabId = 12,
  effectiveType = 13,
  locales = 14,
  devicePixelRatio = 15,
  sessionType = 16,
  testId = 17,
  testResultId = 18,
  replayStartsManually = 19,
}

export const enum SharedContext {
  userJson = 0,
  accountJson = 1,
  contextJson = 2,
  featureFlagsJson = 3,
}

export const enum ViewContext {
  id = 0,
  url = 1,
  referrer = 2,
  name = 3,
  service = 4,
  version = 5,
  hasReplay = 6,
}

export const enum FlushReason {
  Size = 0,
  Time = 1,
  PageExit = 2,
  Stop = 3,
}

export const enum Event {
  atMs = 0,
  view = 1,
  kind = 2,
  shared = 3,
  actionId = 4,
  inForeground = 5,
}

export const enum EventKind {
  View = 0,
  Action = 1,
  Error = 2,
  ViewUpdate = 3,
  Resource = 4,
  LongTask = 5,
  Vital = 6,
}

export const enum ViewEvent {
  documentVersion = 0,
  isActive = 1,
  loadingType = 2,
  timeSpentUs = 3,
  actionCount = 4,
  errorCount = 5,
  vitals = 6,
  resourceCount = 7,
  longTaskCount = 8,
  frustrationCount = 9,
  loadingTimeUs = 10,
  domInteractiveUs = 11,
  domContentLoadedUs = 12,
  domCompleteUs = 13,
  loadEventUs = 14,
  customTimings = 15,
  pageStates = 16,
  scroll = 17,
  sampledForReplay = 18,
  replayLevel = 19,
  replaySegmentCount = 20,
  replayRecordCount = 21,
  replayRawBytes = 22,
}

export const enum CustomTiming {
  name = 0,
  afterUs = 1,
}

export const enum PageState {
  state = 0,
  startUs = 1,
}

export const enum PageLifeCycle {
  Active = 0,
  Passive = 1,
  Hidden = 2,
  Frozen = 3,
  Terminated = 4,
}

export const enum ScrollDepth {
  maxDepth = 0,
  maxDepthScrollTop = 1,
  maxScrollHeight = 2,
  maxScrollHeightAfterUs = 3,
}

export const enum LoadingType {
  InitialLoad = 0,
  RouteChange = 1,
  BackForwardCache = 2,
  SessionRenewal = 3,
}

export const enum WebVitals {
  lcpUs = 0,
  fcpUs = 1,
  ttfbUs = 2,
  cls = 3,
  inpUs = 4,
  lcpAttribution = 5,
  clsAttribution = 6,
  inpAttribution = 7,
  fid = 8,
}

export const enum LcpAttribution {
  selector = 0,
  resourceUrl = 1,
  loadDelayUs = 2,
  loadTimeUs = 3,
  renderDelayUs = 4,
}

export const enum ClsAttribution {
  afterUs = 0,
  selector = 1,
  previousRect = 2,
  currentRect = 3,
}

export const enum InpAttribution {
  afterUs = 0,
  selector = 1,
  eventType = 2,
  inputDelayUs = 3,
  processingUs = 4,
  presentationDelayUs = 5,
}

export const enum FirstInputDelay {
  durationUs = 0,
  afterUs = 1,
  selector = 2,
}

export const enum ActionEvent {
  id = 0,
  actionType = 1,
  name = 2,
  nameSource = 3,
  selector = 4,
  position = 5,
  targetSize = 6,
  contextJson = 7,
  durationUs = 8,
  frustrations = 9,
  errorCount = 10,
  resourceCount = 11,
  longTaskCount = 12,
  composedPathSelector = 13,
}

export const enum ActionType {
  Click = 0,
  Custom = 1,
  Tap = 2,
  Scroll = 3,
  Swipe = 4,
  Back = 5,
}

export const enum NameSource {
  CustomAttribute = 0,
  MaskPlaceholder = 1,
  StandardAttribute = 2,
  TextContent = 3,
  Blank = 4,
}

export const enum ErrorEvent {
  id = 0,
  message = 1,
  errorType = 2,
  stack = 3,
  source = 4,
  handling = 5,
  contextJson = 6,
  fingerprint = 7,
  handlingStack = 8,
  componentStack = 9,
  causes = 10,
  cspDisposition = 11,
  repeats = 12,
  resource = 13,
}

export const enum Cause {
  message = 0,
  errorType = 1,
  stack = 2,
}

export const enum FailedResource {
  url = 0,
  method = 1,
  statusCode = 2,
}

export const enum ErrorSource {
  Source = 0,
  Custom = 1,
  Console = 2,
  Report = 3,
  Network = 4,
}

export const enum ErrorHandling {
  Unhandled = 0,
  Handled = 1,
}

export const enum CspDisposition {
  Enforce = 0,
  Report = 1,
}

export const enum ResourceEvent {
  id = 0,
  resourceType = 1,
  url = 2,
  method = 3,
  statusCode = 4,
  durationUs = 5,
  decodedBodySize = 6,
  encodedBodySize = 7,
  transferSize = 8,
  isRenderBlocking = 9,
  deliveryType = 10,
  protocol = 11,
  redirect = 12,
  dns = 13,
  connect = 14,
  ssl = 15,
  worker = 16,
  firstByte = 17,
  download = 18,
  traceId = 19,
  spanId = 20,
  traceSampleShare = 21,
  graphql = 22,
  requestHeaders = 23,
  responseHeaders = 24,
  contextJson = 25,
  isDiscarded = 26,
}

export const enum Phase {
  startUs = 0,
  durationUs = 1,
}

export const enum Header {
  name = 0,
  value = 1,
}

export const enum GraphQl {
  operationType = 0,
  operationName = 1,
  variablesJson = 2,
  payload = 3,
  errorCount = 4,
}

export const enum ResourceType {
  Document = 0,
  Xhr = 1,
  Beacon = 2,
  Fetch = 3,
  Css = 4,
  Js = 5,
  Image = 6,
  Font = 7,
  Media = 8,
  Other = 9,
}

export const enum LongTaskEvent {
  id = 0,
  entryType = 1,
  durationUs = 2,
  blockingUs = 3,
  startUs = 4,
  renderStartUs = 5,
  styleAndLayoutStartUs = 6,
  firstUiEventUs = 7,
  scripts = 8,
}

export const enum LongTaskType {
  LongTask = 0,
  LongAnimationFrame = 1,
}

export const enum LongTaskScript {
  durationUs = 0,
  pauseUs = 1,
  forcedStyleAndLayoutUs = 2,
  startUs = 3,
  executionStartUs = 4,
  sourceUrl = 5,
  sourceFunction = 6,
  sourceCharPosition = 7,
  invoker = 8,
  invokerType = 9,
  windowAttribution = 10,
}

export const enum VitalEvent {
  id = 0,
  vitalType = 1,
  name = 2,
  durationUs = 3,
  stepType = 4,
  operationKey = 5,
  failureReason = 6,
  description = 7,
  contextJson = 8,
}

export const enum VitalType {
  Duration = 0,
  OperationStep = 1,
}

export const enum StepType {
  Start = 0,
  End = 1,
}

export const enum FailureReason {
  Error = 0,
  Abandoned = 1,
  Other = 2,
}
