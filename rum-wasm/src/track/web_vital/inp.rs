//! INP: the longest interactions of the view.

use crate::fields::Fields;
use alloc::vec::Vec;
use rum_protocol::LoadingType;

/// INP: the longest interactions of the view.
#[derive(Debug)]
pub struct InteractionList {
    count_at_start: u32,
    count: u32,
    /// Longest first, at most [`Self::MAX_LENGTH`].
    longest: Vec<Interaction>,
}

/// One interaction, as long as its longest event, never their sum.
#[derive(Debug)]
pub struct Interaction {
    /// Never 0.
    pub id: u32,
    /// Of its longest event.
    pub duration_ms: f64,
    /// What it is due to, fields of an `InpAttribution`.
    pub cause: Fields,
}

impl InteractionList {
    /// Enough for the 98th percentile of 500 interactions.
    const MAX_LENGTH: usize = 10;
    /// One in fifty interactions is left out as an outlier.
    const PER_OUTLIER: u32 = 50;
    /// Browsers report no event shorter than 16 ms and round to 8 ms: an interaction that was counted but
    /// never reported took this long.
    const UNREPORTED_MS: f64 = 8.0;

    /// An empty list; `count` is the page's number of interactions so far.
    pub fn new(count: u32) -> Self {
        Self { count_at_start: count, count, longest: Vec::new() }
    }

    /// `performance.interactionCount` as last read.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Takes `performance.interactionCount` as it stands.
    pub fn set_count(&mut self, count: u32) {
        self.count = self.count.max(count);
    }

    /// Takes one event of an interaction.
    pub fn add(&mut self, event: Interaction) {
        // Whatever is at least as long stays before it, the interaction's own longer event included.
        let mut place = 0;
        while let Some(known) = self.longest.get(place) {
            if known.duration_ms < event.duration_ms {
                break;
            }
            if known.id == event.id {
                return;
            }
            place += 1;
        }
        // Kept in order by insertion: a general sort would cost 3 KB of wasm for ten items.
        if let Some(shorter) = self.longest.iter().position(|known| known.id == event.id) {
            self.longest.remove(shorter);
        }
        self.longest.insert(place, event);
        self.longest.truncate(Self::MAX_LENGTH);
    }

    /// The measure.
    pub fn estimate_p98(&self, loading_type: LoadingType) -> Option<f64> {
        // On a document load the `first-input` entry reports even the fastest first interaction.
        let unreported = self.interactions() > 0 && loading_type != LoadingType::InitialLoad;
        self.p98().map(|interaction| interaction.duration_ms).or(unreported.then_some(Self::UNREPORTED_MS))
    }

    /// What it is due to, if that was reported.
    pub fn cause(&self) -> Option<&Fields> {
        self.p98().map(|interaction| &interaction.cause)
    }

    fn interactions(&self) -> u32 {
        self.count.saturating_sub(self.count_at_start)
    }

    fn p98(&self) -> Option<&Interaction> {
        let outliers = (self.interactions() / Self::PER_OUTLIER) as usize;
        self.longest.get(outliers).or(self.longest.last())
    }
}
