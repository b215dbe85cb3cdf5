//! Which bodies were committed lately, so that a repeated one is kept once.

use super::Header;
use super::file::JournalFile;
use crate::track::Track;
use minicbor::{Decode, Encode};
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::time::Duration;
use tracing::error;

/// Most digests remembered, per lane; the oldest is forgotten first, which shortens the window: 380 bodies a
/// second fill ten minutes, 8,000 a second half a minute, the first five repeats of an SDK. What a hash table
/// of 2^18 places holds before it doubles; with the order of arrival 17 MB.
const MAX_DIGESTS: usize = (1 << 18) / 8 * 7;

/// A digest and what it is valid for.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(super) struct Key {
    // Two halves: a `u128` would be aligned to 16 bytes and cost a quarter more memory.
    digest: [u64; 2],
    application: u32,
    track: Track,
}

/// The digests of a window of time.
pub(super) struct Recent {
    window_ms: u64,
    /// Numbers of the applications: shorter than their ids. Only configured ones come this far.
    applications: HashMap<String, u32>,
    /// When the first body with this key was received.
    received_ms: HashMap<Key, u64>,
    /// The same in the order of arrival.
    order: VecDeque<(Key, u64)>,
}

impl Recent {
    pub(super) fn new(window: Duration) -> Self {
        Self {
            window_ms: window.as_millis() as u64,
            applications: HashMap::new(),
            received_ms: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// What repeated bodies have in common; `None` for a body that cannot be recognised.
    pub(super) fn key(&mut self, header: &Header) -> Option<Key> {
        let digest = header.digest.filter(|_| self.window_ms > 0)?.0;
        Some(self.key_of(&header.application_id, header.track, digest))
    }

    fn key_of(&mut self, application_id: &str, track: Track, digest: u128) -> Key {
        let application = self.applications.get(application_id).copied().unwrap_or_else(|| {
            let number = self.applications.len() as u32;
            self.applications.insert(application_id.to_owned(), number);
            number
        });
        Key { digest: [(digest >> 64) as u64, digest as u64], application, track }
    }

    /// Whether a body received at `now_ms` repeats one within the window. A clock that was set back counts as
    /// no time passed.
    pub(super) fn holds(&self, key: &Key, now_ms: u64) -> bool {
        self.received_ms.get(key).is_some_and(|first| now_ms.saturating_sub(*first) < self.window_ms)
    }

    /// Notes a body that is on the disk.
    pub(super) fn remember(&mut self, key: Key, received_ms: u64) {
        while let Some(&(oldest, at)) = self.order.front()
            && (self.order.len() >= MAX_DIGESTS || received_ms.saturating_sub(at) >= self.window_ms)
        {
            self.order.pop_front();
            // The same body may have come again after the window.
            if self.received_ms.get(&oldest) == Some(&at) {
                self.received_ms.remove(&oldest);
            }
        }
        self.received_ms.insert(key, received_ms);
        self.order.push_back((key, received_ms));
    }

    /// All of it, for the next file: the one it came from is unlinked once it is delivered. `None` where
    /// nothing is ever noted.
    pub(super) fn to_list(&self) -> Option<Vec<u8>> {
        if self.window_ms == 0 {
            return None;
        }
        let newest_ms = self.order.back().map_or(0, |(_, at)| *at);
        let mut applications = vec![String::new(); self.applications.len()];
        for (id, number) in &self.applications {
            applications[*number as usize].clone_from(id);
        }
        let within = self.order.iter().filter(|(_, at)| newest_ms.saturating_sub(*at) < self.window_ms);
        let digests = within.map(|(key, at)| {
            let [upper, lower] = key.digest;
            (key.application, key.track, u128::from(upper) << 64 | u128::from(lower), *at)
        });
        // Encoding into memory does not fail.
        minicbor::to_vec(List { applications, digests: digests.collect() }).ok()
    }

    /// Notes what earlier runs committed. Reads files from the newest to the oldest, each from its end, and
    /// stops at the first list or at the bound of memory: usually within the newest file.
    pub(super) fn reload(&mut self, newest_first: impl Iterator<Item = JournalFile>) {
        let mut past = Past { recent: self, newest_ms: None, seen: 0 };
        for file in newest_first {
            let found = file
                .visit_headers_from_end(&mut |header| past.recall_header(header))
                .and_then(|end| Ok((end, file.digests()?)));
            match found {
                Ok((ControlFlow::Continue(()), None)) => {}
                Ok((ControlFlow::Continue(()), Some(list))) => return past.recall_list(&list),
                Ok((ControlFlow::Break(()), _)) => return,
                // Repeats of what it held are kept twice.
                Err(error) => error!(event = "journal_digests_not_read", %error),
            }
        }
    }
}

/// Notes bodies from the newest to the oldest.
struct Past<'a> {
    recent: &'a mut Recent,
    newest_ms: Option<u64>,
    seen: usize,
}

impl Past<'_> {
    fn recall_header(&mut self, header: &Header) -> ControlFlow<()> {
        let key = self.recent.key(header);
        self.recall(key, header.received_ms)
    }

    fn recall_list(&mut self, list: &[u8]) {
        let Ok(List { applications, digests }) = minicbor::decode(list) else { return };
        for (application, track, digest, at) in digests.into_iter().rev() {
            let id = applications.get(application as usize);
            let key = id.map(|id| self.recent.key_of(id, track, digest));
            if self.recall(key, at).is_break() {
                return;
            }
        }
    }

    fn recall(&mut self, key: Option<Key>, received_ms: u64) -> ControlFlow<()> {
        // One that is too old is no end: the clock may have been wrong for a while.
        let age_ms = self.newest_ms.get_or_insert(received_ms).saturating_sub(received_ms);
        if let Some(key) = key.filter(|_| age_ms < self.recent.window_ms) {
            self.recent.received_ms.entry(key).or_insert(received_ms);
            self.recent.order.push_front((key, received_ms));
        }
        self.seen += 1;
        if self.seen < MAX_DIGESTS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// What one file passes to the next, oldest first.
#[derive(Decode, Encode)]
struct List {
    #[n(0)]
    applications: Vec<String>,
    /// Number of the application, track, digest, and when it was received.
    #[n(1)]
    digests: Vec<(u32, Track, u128, u64)>,
}

#[cfg(test)]
mod tests {
    use super::super::{Compression, Content, Digest};
    use super::*;

    fn header(digest: u128) -> Header {
        Header {
            received_ms: 0,
            application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
            app_name: "shop".into(),
            track: Track::Rum,
            session_id: None,
            digest: Some(Digest(digest)),
            compression: Compression::None,
            content: Content::Batch,
            client_address: None,
            user_agent: None,
        }
    }

    fn recent(window_ms: u64) -> Recent {
        Recent::new(Duration::from_millis(window_ms))
    }

    #[test]
    fn a_body_is_known_until_the_window_has_passed() {
        let mut recent = recent(1_000);
        let key = recent.key(&header(7)).unwrap();
        assert!(!recent.holds(&key, 0));
        recent.remember(key, 5_000);
        assert!(recent.holds(&key, 5_999));
        assert!(!recent.holds(&key, 6_000));
        assert!(recent.holds(&key, 4_000), "the clock was set back");
        // Comes again after the window and is known anew, also once the first one is forgotten.
        recent.remember(key, 6_500);
        let other = recent.key(&header(8)).unwrap();
        recent.remember(other, 7_400);
        assert!(recent.holds(&key, 7_499));
    }

    #[test]
    fn a_digest_is_valid_for_its_app_and_track() {
        let mut recent = recent(1_000);
        let key = recent.key(&header(7)).unwrap();
        recent.remember(key, 0);
        let replay = recent.key(&Header { track: Track::Replay, ..header(7) }).unwrap();
        let elsewhere = recent.key(&Header { application_id: "other".into(), ..header(7) }).unwrap();
        let upper_half = recent.key(&header(7 << 64)).unwrap();
        for key in [replay, elsewhere, upper_half] {
            assert!(!recent.holds(&key, 0));
        }
        assert!(recent.key(&Header { digest: None, ..header(7) }).is_none());
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_is_forgotten_first() {
        let mut recent = recent(1_000);
        for digest in 0..=MAX_DIGESTS as u128 {
            let key = recent.key(&header(digest)).unwrap();
            recent.remember(key, 0);
        }
        assert_eq!((recent.order.len(), recent.received_ms.len()), (MAX_DIGESTS, MAX_DIGESTS));
        let (first, second) = (recent.key(&header(0)).unwrap(), recent.key(&header(1)).unwrap());
        assert!(!recent.holds(&first, 0) && recent.holds(&second, 0));
        assert!(size_of::<(Key, u64)>() <= 32);
    }

    #[test]
    fn a_window_of_zero_switches_it_off() {
        assert!(recent(0).key(&header(7)).is_none());
    }
}
