//! Posts to the collector. Ordinary posts are deflated by the browser; at page exit, when nothing asynchronous
//! would complete any more, they go as they are.

use super::dispatch::{Dispatch, Source};
use crate::upload::Post;
use js_sys::{Array, Function, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, ReadableStream, RequestInit, Response, Window};

#[wasm_bindgen]
extern "C" {
    /// `js_sys::Promise` takes closures only; ours are functions bound to the one door.
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, fulfilled: &Function, rejected: &Function);

    /// web-sys holds it back as unstable; every current browser has it.
    type CompressionStream;
    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;
    #[wasm_bindgen(js_name = ReadableStream)]
    type Pipe;
    #[wasm_bindgen(method, js_name = pipeThrough)]
    fn pipe_through(this: &Pipe, through: &CompressionStream) -> ReadableStream;
}

/// Browsers refuse `keepalive` requests whose bodies in flight pass 64 KiB in sum (Fetch standard, 4.6).
const MAX_KEEPALIVE_BYTES: f64 = 60.0 * 1024.0;

/// Below this, deflating saves less than a packet.
const MIN_DEFLATED_BYTES: usize = 512;

/// The content type keeps the request CORS-simple: no preflight.
const CONTENT_TYPE: &str = "text/plain;charset=UTF-8";

/// Posts batches.
pub(crate) struct Sender {
    intake_url: String,
    /// Posts that are being deflated. At exit they are sent as they are; the deflated form, if it still comes,
    /// is then forgotten. Borrowed only between calls into the browser: a page's own `fetch` wrapper may call
    /// back into us.
    deflating: RefCell<Vec<Post>>,
}

impl Sender {
    pub(crate) fn new(intake_url: String) -> Self {
        Self { intake_url, deflating: RefCell::default() }
    }

    /// Sends a post; its answer enters as [`Source::Answered`] or [`Source::NotAnswered`] with the slot as key.
    pub(crate) fn send(&self, window: &Window, dispatch: &Dispatch, post: Post) {
        if !post.at_exit
            && post.body.len() >= MIN_DEFLATED_BYTES
            && let Some(deflated) = blob(&post.body).and_then(|plain| deflate(&plain))
        {
            deflated.then(
                &dispatch.bind(Source::Compressed, post.slot),
                &dispatch.bind(Source::NotCompressed, post.slot),
            );
            self.deflating.borrow_mut().push(post);
            return;
        }
        if let Some(body) = blob(&post.body) {
            self.fetch(window, dispatch, post.slot, &body);
        }
    }

    /// The browser has deflated a post, or (`None`) could not.
    pub(crate) fn deflated(&self, window: &Window, dispatch: &Dispatch, slot: u32, body: Option<&Blob>) {
        if let Some(post) = self.take(slot) {
            // Named anew: the blob of a stream's response has no type of its own.
            let body = body.and_then(|body| named(&Array::of1(body))).or_else(|| blob(&post.body));
            if let Some(body) = body {
                self.fetch(window, dispatch, slot, &body);
            }
        }
    }

    /// The page is being left: what is being deflated goes as it is.
    pub(crate) fn hurry(&self, window: &Window, dispatch: &Dispatch) {
        for post in self.deflating.take() {
            self.send(window, dispatch, Post { at_exit: true, ..post });
        }
    }

    fn take(&self, slot: u32) -> Option<Post> {
        let mut deflating = self.deflating.borrow_mut();
        let index = deflating.iter().position(|post| post.slot == slot)?;
        Some(deflating.swap_remove(index))
    }

    fn fetch(&self, window: &Window, dispatch: &Dispatch, slot: u32, body: &Blob) {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(body);
        init.set_credentials(web_sys::RequestCredentials::Omit);
        set_keepalive(&init, body.size() <= MAX_KEEPALIVE_BYTES);
        let promise = window.fetch_with_str_and_init(&self.intake_url, &init);
        promise
            .unchecked_ref::<Thenable>()
            .then(&dispatch.bind(Source::Answered, slot), &dispatch.bind(Source::NotAnswered, slot));
    }
}

/// `keepalive` lets the request outlive the page. web-sys does not know it.
fn set_keepalive(init: &RequestInit, keepalive: bool) {
    let _ = js_sys::Reflect::set(init, &"keepalive".into(), &keepalive.into());
}

/// Status and `Retry-After` (seconds) of an answer.
pub(crate) fn answer(response: &Response) -> (u16, Option<u32>) {
    let retry_after = response.headers().get("retry-after").ok().flatten();
    (response.status(), retry_after.and_then(|seconds| seconds.parse().ok()))
}

fn blob(bytes: &[u8]) -> Option<Blob> {
    named(&Array::of1(&Uint8Array::from(bytes)))
}

fn named(parts: &Array) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(CONTENT_TYPE);
    Blob::new_with_blob_sequence_and_options(parts, &options).ok()
}

/// A promise of the zlib stream (RFC 1950) of `plain`, or `None` where the browser cannot deflate.
fn deflate(plain: &Blob) -> Option<Thenable> {
    let stream = CompressionStream::new("deflate").ok()?;
    let deflated = plain.stream().unchecked_into::<Pipe>().pipe_through(&stream);
    let response = Response::new_with_opt_readable_stream(Some(&deflated)).ok()?;
    Some(JsValue::from(response.blob().ok()?).unchecked_into())
}
