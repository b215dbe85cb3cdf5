//! Numbers of the fields, for writers that write them one by one. Written by `cargo xtask fields`.

#![allow(missing_docs, reason = "the structs say what each field means")]

pub mod batch {
    pub const PROTOCOL_VERSION: u32 = 0;
    pub const ID: u32 = 1;
    pub const CLOSED_AT_MS: u32 = 2;
    pub const SDK_VERSION: u32 = 3;
    pub const FLUSH_REASON: u32 = 4;
    pub const CONTEXT: u32 = 5;
    pub const VIEWS: u32 = 6;
    pub const EVENTS: u32 = 7;
    pub const LOST_EVENTS: u32 = 8;
    pub const SHARED: u32 = 9;
}

pub mod context {
    pub const APPLICATION_ID: u32 = 0;
    pub const SESSION_ID: u32 = 1;
    pub const SERVICE: u32 = 2;
    pub const ENV: u32 = 3;
    pub const VERSION: u32 = 4;
    pub const SESSION_SAMPLE_RATE: u32 = 5;
    pub const VIEWPORT: u32 = 6;
    pub const LOCALE: u32 = 7;
    pub const TIME_ZONE: u32 = 8;
    pub const TRACE_SAMPLE_RATE: u32 = 9;
    pub const SESSION_REPLAY_SAMPLE_RATE: u32 = 10;
    pub const ANONYMOUS_ID: u32 = 11;
    pub const TAB_ID: u32 = 12;
    pub const EFFECTIVE_TYPE: u32 = 13;
    pub const LOCALES: u32 = 14;
    pub const DEVICE_PIXEL_RATIO: u32 = 15;
    pub const SESSION_TYPE: u32 = 16;
    pub const TEST_ID: u32 = 17;
    pub const TEST_RESULT_ID: u32 = 18;
    pub const REPLAY_STARTS_MANUALLY: u32 = 19;
}

pub mod shared_context {
    pub const USER_JSON: u32 = 0;
    pub const ACCOUNT_JSON: u32 = 1;
    pub const CONTEXT_JSON: u32 = 2;
    pub const FEATURE_FLAGS_JSON: u32 = 3;
}

pub mod view_context {
    pub const ID: u32 = 0;
    pub const URL: u32 = 1;
    pub const REFERRER: u32 = 2;
    pub const NAME: u32 = 3;
    pub const SERVICE: u32 = 4;
    pub const VERSION: u32 = 5;
    pub const HAS_REPLAY: u32 = 6;
}

pub mod event {
    pub const AT_MS: u32 = 0;
    pub const VIEW: u32 = 1;
    pub const KIND: u32 = 2;
    pub const SHARED: u32 = 3;
    pub const ACTION_ID: u32 = 4;
    pub const IN_FOREGROUND: u32 = 5;
}

pub mod view_event {
    pub const DOCUMENT_VERSION: u32 = 0;
    pub const IS_ACTIVE: u32 = 1;
    pub const LOADING_TYPE: u32 = 2;
    pub const TIME_SPENT_US: u32 = 3;
    pub const ACTION_COUNT: u32 = 4;
    pub const ERROR_COUNT: u32 = 5;
    pub const VITALS: u32 = 6;
    pub const RESOURCE_COUNT: u32 = 7;
    pub const LONG_TASK_COUNT: u32 = 8;
    pub const FRUSTRATION_COUNT: u32 = 9;
    pub const LOADING_TIME_US: u32 = 10;
    pub const DOM_INTERACTIVE_US: u32 = 11;
    pub const DOM_CONTENT_LOADED_US: u32 = 12;
    pub const DOM_COMPLETE_US: u32 = 13;
    pub const LOAD_EVENT_US: u32 = 14;
    pub const CUSTOM_TIMINGS: u32 = 15;
    pub const PAGE_STATES: u32 = 16;
    pub const SCROLL: u32 = 17;
    pub const SAMPLED_FOR_REPLAY: u32 = 18;
    pub const REPLAY_LEVEL: u32 = 19;
    pub const REPLAY_SEGMENT_COUNT: u32 = 20;
    pub const REPLAY_RECORD_COUNT: u32 = 21;
    pub const REPLAY_RAW_BYTES: u32 = 22;
}

pub mod custom_timing {
    pub const NAME: u32 = 0;
    pub const AFTER_US: u32 = 1;
}

pub mod page_state {
    pub const STATE: u32 = 0;
    pub const START_US: u32 = 1;
}

pub mod scroll_depth {
    pub const MAX_DEPTH: u32 = 0;
    pub const MAX_DEPTH_SCROLL_TOP: u32 = 1;
    pub const MAX_SCROLL_HEIGHT: u32 = 2;
    pub const MAX_SCROLL_HEIGHT_AFTER_US: u32 = 3;
}

pub mod web_vitals {
    pub const LCP_US: u32 = 0;
    pub const FCP_US: u32 = 1;
    pub const TTFB_US: u32 = 2;
    pub const CLS: u32 = 3;
    pub const INP_US: u32 = 4;
    pub const LCP_ATTRIBUTION: u32 = 5;
    pub const CLS_ATTRIBUTION: u32 = 6;
    pub const INP_ATTRIBUTION: u32 = 7;
    pub const FID: u32 = 8;
}

pub mod lcp_attribution {
    pub const SELECTOR: u32 = 0;
    pub const RESOURCE_URL: u32 = 1;
    pub const LOAD_DELAY_US: u32 = 2;
    pub const LOAD_TIME_US: u32 = 3;
    pub const RENDER_DELAY_US: u32 = 4;
}

pub mod cls_attribution {
    pub const AFTER_US: u32 = 0;
    pub const SELECTOR: u32 = 1;
    pub const PREVIOUS_RECT: u32 = 2;
    pub const CURRENT_RECT: u32 = 3;
}

pub mod inp_attribution {
    pub const AFTER_US: u32 = 0;
    pub const SELECTOR: u32 = 1;
    pub const EVENT_TYPE: u32 = 2;
    pub const INPUT_DELAY_US: u32 = 3;
    pub const PROCESSING_US: u32 = 4;
    pub const PRESENTATION_DELAY_US: u32 = 5;
}

pub mod first_input_delay {
    pub const DURATION_US: u32 = 0;
    pub const AFTER_US: u32 = 1;
    pub const SELECTOR: u32 = 2;
}

pub mod action_event {
    pub const ID: u32 = 0;
    pub const ACTION_TYPE: u32 = 1;
    pub const NAME: u32 = 2;
    pub const NAME_SOURCE: u32 = 3;
    pub const SELECTOR: u32 = 4;
    pub const POSITION: u32 = 5;
    pub const TARGET_SIZE: u32 = 6;
    pub const CONTEXT_JSON: u32 = 7;
    pub const DURATION_US: u32 = 8;
    pub const FRUSTRATIONS: u32 = 9;
    pub const ERROR_COUNT: u32 = 10;
    pub const RESOURCE_COUNT: u32 = 11;
    pub const LONG_TASK_COUNT: u32 = 12;
    pub const COMPOSED_PATH_SELECTOR: u32 = 13;
}

pub mod error_event {
    pub const ID: u32 = 0;
    pub const MESSAGE: u32 = 1;
    pub const ERROR_TYPE: u32 = 2;
    pub const STACK: u32 = 3;
    pub const SOURCE: u32 = 4;
    pub const HANDLING: u32 = 5;
    pub const CONTEXT_JSON: u32 = 6;
    pub const FINGERPRINT: u32 = 7;
    pub const HANDLING_STACK: u32 = 8;
    pub const COMPONENT_STACK: u32 = 9;
    pub const CAUSES: u32 = 10;
    pub const CSP_DISPOSITION: u32 = 11;
    pub const REPEATS: u32 = 12;
    pub const RESOURCE: u32 = 13;
}

pub mod cause {
    pub const MESSAGE: u32 = 0;
    pub const ERROR_TYPE: u32 = 1;
    pub const STACK: u32 = 2;
}

pub mod failed_resource {
    pub const URL: u32 = 0;
    pub const METHOD: u32 = 1;
    pub const STATUS_CODE: u32 = 2;
}

pub mod resource_event {
    pub const ID: u32 = 0;
    pub const RESOURCE_TYPE: u32 = 1;
    pub const URL: u32 = 2;
    pub const METHOD: u32 = 3;
    pub const STATUS_CODE: u32 = 4;
    pub const DURATION_US: u32 = 5;
    pub const DECODED_BODY_SIZE: u32 = 6;
    pub const ENCODED_BODY_SIZE: u32 = 7;
    pub const TRANSFER_SIZE: u32 = 8;
    pub const IS_RENDER_BLOCKING: u32 = 9;
    pub const DELIVERY_TYPE: u32 = 10;
    pub const PROTOCOL: u32 = 11;
    pub const REDIRECT: u32 = 12;
    pub const DNS: u32 = 13;
    pub const CONNECT: u32 = 14;
    pub const SSL: u32 = 15;
    pub const WORKER: u32 = 16;
    pub const FIRST_BYTE: u32 = 17;
    pub const DOWNLOAD: u32 = 18;
    pub const TRACE_ID: u32 = 19;
    pub const SPAN_ID: u32 = 20;
    pub const TRACE_SAMPLE_SHARE: u32 = 21;
    pub const GRAPHQL: u32 = 22;
    pub const REQUEST_HEADERS: u32 = 23;
    pub const RESPONSE_HEADERS: u32 = 24;
    pub const CONTEXT_JSON: u32 = 25;
    pub const IS_DISCARDED: u32 = 26;
}

pub mod phase {
    pub const START_US: u32 = 0;
    pub const DURATION_US: u32 = 1;
}

pub mod header {
    pub const NAME: u32 = 0;
    pub const VALUE: u32 = 1;
}

pub mod graph_ql {
    pub const OPERATION_TYPE: u32 = 0;
    pub const OPERATION_NAME: u32 = 1;
    pub const VARIABLES_JSON: u32 = 2;
    pub const PAYLOAD: u32 = 3;
    pub const ERROR_COUNT: u32 = 4;
}

pub mod long_task_event {
    pub const ID: u32 = 0;
    pub const ENTRY_TYPE: u32 = 1;
    pub const DURATION_US: u32 = 2;
    pub const BLOCKING_US: u32 = 3;
    pub const START_US: u32 = 4;
    pub const RENDER_START_US: u32 = 5;
    pub const STYLE_AND_LAYOUT_START_US: u32 = 6;
    pub const FIRST_UI_EVENT_US: u32 = 7;
    pub const SCRIPTS: u32 = 8;
}

pub mod long_task_script {
    pub const DURATION_US: u32 = 0;
    pub const PAUSE_US: u32 = 1;
    pub const FORCED_STYLE_AND_LAYOUT_US: u32 = 2;
    pub const START_US: u32 = 3;
    pub const EXECUTION_START_US: u32 = 4;
    pub const SOURCE_URL: u32 = 5;
    pub const SOURCE_FUNCTION: u32 = 6;
    pub const SOURCE_CHAR_POSITION: u32 = 7;
    pub const INVOKER: u32 = 8;
    pub const INVOKER_TYPE: u32 = 9;
    pub const WINDOW_ATTRIBUTION: u32 = 10;
}

pub mod vital_event {
    pub const ID: u32 = 0;
    pub const VITAL_TYPE: u32 = 1;
    pub const NAME: u32 = 2;
    pub const DURATION_US: u32 = 3;
    pub const STEP_TYPE: u32 = 4;
    pub const OPERATION_KEY: u32 = 5;
    pub const FAILURE_REASON: u32 = 6;
    pub const DESCRIPTION: u32 = 7;
    pub const CONTEXT_JSON: u32 = 8;
}
