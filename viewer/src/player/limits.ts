/** Bounds on what a recording may ask for. Recordings are written by strangers' browsers, and not only by ours. */

/** Living nodes of a document; the largest pages recorded by peers have some 400,000. */
export const MAX_NODES = 500_000;

/**
 * Depth of a tree. Parsers stop at 512 levels, scripts do not. Layout recurses, and what a browser bears depends on the styles: Chromium
 * dies of 3,000 nested blocks, of 1,500 grids, and of 400 inline blocks already; the page that was recorded lived.
 */
export const MAX_DEPTH = 2_048;

/** Characters of texts and attribute values in a living document. One long text, used often, costs its length each time. */
export const MAX_DOCUMENT_CHARS = 64 * 1024 * 1024;

/** Attributes of an element. */
export const MAX_ATTRIBUTES = 1_000;

/** Style sheets of a view, and the rules inserted into or deleted from one of them; pages that style by script reach some 10,000. */
export const MAX_SHEETS = 10_000;
export const MAX_RULE_EDITS = 100_000;

/** Documents inside a document: each is a frame, which costs the browser some 100 KB. */
export const MAX_FRAMES = 64;

/** Animations that follow the recording's time: each is set anew with every frame. */
export const MAX_ANIMATIONS = 1_000;

/** Texts of a view's table. Datadog clears it at 1,000,000. */
export const MAX_STRINGS = 4_000_000;

/** Operations of a recording: an hour of a busy page has some 500,000. */
export const MAX_OPERATIONS = 10_000_000;

/** Segments of a session: 4 h of one each 5 s, four times over. */
export const MAX_SEGMENTS = 12_000;

/** A time of a record, ms since the epoch: what a `Date` can hold. */
export const MAX_TIME_MS = 8.64e15;

/** How far a position of the pointer may lie from the time of its record. Recorders hold them back for half a second. */
export const MAX_POINTER_OFFSET_MS = 10_000;

/** Sides of a viewport, CSS pixels. A larger one would make the browser allocate what it cannot. */
export const MAX_VIEWPORT_PX = 16_384;

/** Keyframes: copies of the document, all together. A node takes some 200 bytes. */
export const MAX_KEYFRAME_NODES = 1_000_000;
