//! Our own batches: the same values under the same paths, as typed fields. A property test holds the outcome
//! against that of the same events in Datadog's JSON.

use super::Scrubber;
use super::field::Path;
use super::place::Position;
use super::report::Report;
use rum_protocol::{
    ActionEvent, Batch, ErrorEvent, Event, EventKind, GraphQl, Header, LongTaskEvent, ResourceEvent,
    SharedContext, ViewContext, ViewEvent, VitalEvent, WebVitals,
};

impl Scrubber {
    /// Scrubs a batch in place. Ids, times, numbers, what the browser says of the device and what the site's
    /// developers wrote into their set-up (service, env, version) stay, as at the other door.
    pub fn scrub_batch(&self, batch: &mut Batch, report: &mut Report) {
        let mut fields = Fields { scrubber: self, report };
        for view in &mut batch.views {
            fields.view_context(view);
        }
        for shared in batch.shared.iter_mut().flatten() {
            fields.shared(shared);
        }
        for event in &mut batch.events {
            fields.event(event);
        }
    }
}

/// Scrubs one field after the other.
struct Fields<'a, 'r> {
    scrubber: &'a Scrubber,
    report: &'r mut Report,
}

impl Fields<'_, '_> {
    fn view_context(&mut self, view: &mut ViewContext) {
        self.text(&["view", "url"], Some(&mut view.url));
        self.text(&["view", "referrer"], view.referrer.as_mut());
        self.text(&["view", "name"], view.name.as_mut());
    }

    fn shared(&mut self, shared: &mut SharedContext) {
        self.json("usr", shared.user_json.as_mut());
        self.json("account", shared.account_json.as_mut());
        self.json("context", shared.context_json.as_mut());
        self.json("feature_flags", shared.feature_flags_json.as_mut());
    }

    fn event(&mut self, event: &mut Event) {
        match &mut event.kind {
            EventKind::View(view) | EventKind::ViewUpdate(view) => self.view(view),
            EventKind::Action(action) => self.action(action),
            EventKind::Error(error) => self.error(error),
            EventKind::Resource(resource) => self.resource(resource),
            EventKind::LongTask(task) => self.long_task(task),
            EventKind::Vital(vital) => self.vital(vital),
            // The fields of an unknown kind were skipped when it was read.
            EventKind::Unknown { .. } => {}
        }
    }

    /// Names of custom timings are keys at Datadog, and keys stay.
    fn view(&mut self, view: &mut ViewEvent) {
        let Some(vitals) = &mut view.vitals else { return };
        let WebVitals { lcp_attribution, cls_attribution, inp_attribution, fid, .. } = vitals;
        if let Some(lcp) = lcp_attribution {
            self.vital_selector("lcp", "largest_contentful_paint_target_selector", lcp.selector.as_mut());
            self.text(&["view", "performance", "lcp", "resource_url"], lcp.resource_url.as_mut());
        }
        if let Some(cls) = cls_attribution {
            self.vital_selector("cls", "cumulative_layout_shift_target_selector", cls.selector.as_mut());
        }
        if let Some(inp) = inp_attribution {
            self.vital_selector("inp", "interaction_to_next_paint_target_selector", inp.selector.as_mut());
            self.text(&["view", "performance", "inp", "event_type"], inp.event_type.as_mut());
        }
        if let Some(fid) = fid {
            self.vital_selector("fid", "first_input_target_selector", fid.selector.as_mut());
        }
    }

    /// It stands in two places at Datadog, so what the operator said about either holds.
    fn vital_selector(&mut self, vital: &str, flat: &str, mut selector: Option<&mut String>) {
        self.text(&["view", "performance", vital, "target_selector"], selector.as_deref_mut());
        self.text(&["view", flat], selector);
    }

    fn action(&mut self, action: &mut ActionEvent) {
        self.text(&["action", "target", "name"], Some(&mut action.name));
        self.text(&["_dd", "action", "target", "selector"], action.selector.as_mut());
        let path = action.composed_path_selector.as_mut();
        self.text(&["_dd", "action", "target", "composed_path_selector"], path);
        self.json("context", action.context_json.as_mut());
    }

    fn error(&mut self, error: &mut ErrorEvent) {
        self.text(&["error", "message"], Some(&mut error.message));
        self.text(&["error", "type"], error.error_type.as_mut());
        self.text(&["error", "stack"], error.stack.as_mut());
        self.text(&["error", "fingerprint"], error.fingerprint.as_mut());
        self.text(&["error", "handling_stack"], error.handling_stack.as_mut());
        self.text(&["error", "component_stack"], error.component_stack.as_mut());
        for cause in error.causes.iter_mut().flatten() {
            self.text(&["error", "causes", "message"], Some(&mut cause.message));
            self.text(&["error", "causes", "type"], cause.error_type.as_mut());
            self.text(&["error", "causes", "stack"], cause.stack.as_mut());
        }
        if let Some(resource) = &mut error.resource {
            self.text(&["error", "resource", "url"], Some(&mut resource.url));
            self.text(&["error", "resource", "method"], Some(&mut resource.method));
        }
        self.json("context", error.context_json.as_mut());
    }

    fn resource(&mut self, resource: &mut ResourceEvent) {
        self.text(&["resource", "url"], Some(&mut resource.url));
        self.text(&["resource", "method"], resource.method.as_mut());
        self.text(&["resource", "delivery_type"], resource.delivery_type.as_mut());
        self.text(&["resource", "protocol"], resource.protocol.as_mut());
        self.headers("request", resource.request_headers.as_mut());
        self.headers("response", resource.response_headers.as_mut());
        if let Some(graphql) = &mut resource.graphql {
            self.graphql(graphql);
        }
        self.json("context", resource.context_json.as_mut());
    }

    /// Some names are those of secrets.
    fn headers(&mut self, message: &str, headers: Option<&mut Vec<Header>>) {
        for header in headers.into_iter().flatten() {
            self.text(&["resource", message, "headers", &header.name], Some(&mut header.value));
        }
    }

    fn graphql(&mut self, graphql: &mut GraphQl) {
        self.text(&["resource", "graphql", "operationType"], graphql.operation_type.as_mut());
        self.text(&["resource", "graphql", "operationName"], graphql.operation_name.as_mut());
        self.text(&["resource", "graphql", "variables"], graphql.variables_json.as_mut());
        self.text(&["resource", "graphql", "payload"], graphql.payload.as_mut());
    }

    fn long_task(&mut self, task: &mut LongTaskEvent) {
        for script in task.scripts.iter_mut().flatten() {
            let texts = [
                ("source_url", &mut script.source_url),
                ("source_function_name", &mut script.source_function),
                ("invoker", &mut script.invoker),
                ("invoker_type", &mut script.invoker_type),
                ("window_attribution", &mut script.window_attribution),
            ];
            for (key, text) in texts {
                self.text(&["long_task", "scripts", key], text.as_mut());
            }
        }
    }

    fn vital(&mut self, vital: &mut VitalEvent) {
        self.text(&["vital", "name"], Some(&mut vital.name));
        self.text(&["vital", "operation_key"], vital.operation_key.as_mut());
        self.text(&["vital", "description"], vital.description.as_mut());
        self.json("context", vital.context_json.as_mut());
    }

    fn text(&mut self, keys: &[&str], text: Option<&mut String>) {
        let Some(text) = text else { return };
        let secret_keys = self.scrubber.secret_keys.as_ref();
        let place = Position::of_rum(keys, secret_keys).place();
        if let Some(scrubbed) = self.scrubber.scrub_string(&Path::of(keys), place, text, self.report) {
            *text = scrubbed;
        }
    }

    /// The text of an object that stands under a key.
    fn json(&mut self, key: &str, json: Option<&mut String>) {
        let Some(json) = json else { return };
        if let Some(scrubbed) = self.scrubber.scrub_json_text(&Path::of(&[key]), json, self.report) {
            *json = scrubbed;
        }
    }
}
