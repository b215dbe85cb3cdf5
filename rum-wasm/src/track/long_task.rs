//! Long tasks: long animation frames with the scripts that ran in them.

use crate::fields::Fields;
use crate::privacy::UrlRules;
use alloc::vec::Vec;
use rum_protocol::Id;
use rum_protocol::keys::{long_task_event, long_task_script};

/// Makes events of long tasks. Scripts come one by one, before the task they ran in.
#[derive(Debug, Default)]
pub struct LongTaskTracker {
    scripts: Vec<Fields>,
}

impl LongTaskTracker {
    /// A script of the task that comes next; its timings and names are among the adapter's facts.
    pub fn script(&mut self, source_url: &str, invoker: &str, facts: &[u8], urls: &UrlRules) {
        let mut fields = Fields::default();
        fields.append(facts);
        fields.optional_text(long_task_script::SOURCE_URL, &urls.redact(source_url));
        // A URL, else the name of a function or an element.
        let is_url = invoker.bytes().any(|byte| byte == b'/');
        fields.optional_text(
            long_task_script::INVOKER,
            &if is_url { urls.redact(invoker) } else { invoker.into() },
        );
        self.scripts.push(fields);
    }

    /// The task itself.
    pub fn task(&mut self, id: Id, facts: &[u8]) -> Fields {
        let mut fields = Fields::default();
        fields.id(long_task_event::ID, id);
        fields.append(facts);
        let scripts = core::mem::take(&mut self.scripts);
        if !scripts.is_empty() {
            fields.maps(long_task_event::SCRIPTS, scripts.iter().map(Fields::bytes));
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rum_protocol::LongTaskEvent;

    #[test]
    fn scripts_belong_to_the_task_that_follows_them() {
        let mut tracker = LongTaskTracker::default();
        let mut script = Fields::default();
        script.micros(long_task_script::DURATION_US, 40.0);
        let mut task = Fields::default();
        task.micros(long_task_event::DURATION_US, 60.0);
        tracker.script(
            "https://shop.example/app.js?token=1",
            "BUTTON#refill.onclick",
            script.bytes(),
            &UrlRules::default(),
        );
        let read = |fields: Fields| minicbor::decode::<LongTaskEvent>(&fields.into_map()).unwrap();
        let first = read(tracker.task(Id([1; 16]), task.bytes()));
        let scripts = first.scripts.unwrap();
        assert_eq!((first.duration_us, scripts.len(), scripts[0].duration_us), (60_000, 1, 40_000));
        assert_eq!(scripts[0].source_url.as_deref(), Some("https://shop.example/app.js"));
        assert_eq!(scripts[0].invoker.as_deref(), Some("BUTTON#refill.onclick"));
        assert_eq!(read(tracker.task(Id([2; 16]), task.bytes())).scripts, None);
    }

    #[test]
    fn what_called_a_script_is_redacted_if_it_is_an_address() {
        for (invoker, expected) in [
            ("https://a.example/x.js?token=1", "https://a.example/x.js"),
            ("data:text/javascript,ann()", "data:text/javascript"),
            ("DIV#main-menu.onclick", "DIV#main-menu.onclick"),
            ("TimerHandler:setTimeout", "TimerHandler:setTimeout"),
        ] {
            let mut tracker = LongTaskTracker::default();
            let mut facts = Fields::default();
            facts.micros(long_task_script::DURATION_US, 40.0);
            tracker.script("", invoker, facts.bytes(), &UrlRules::default());
            let mut task = Fields::default();
            task.micros(long_task_event::DURATION_US, 60.0);
            let event: LongTaskEvent =
                minicbor::decode(&tracker.task(Id([1; 16]), task.bytes()).into_map()).unwrap();
            assert_eq!(event.scripts.unwrap()[0].invoker.as_deref(), Some(expected));
        }
    }
}
