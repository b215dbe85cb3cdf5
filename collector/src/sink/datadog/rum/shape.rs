//! What the shapes of all kinds have in common. The reference is `rumEvent.types.d.ts` in npm
//! `@datadog/browser-rum-core`; names and nesting are theirs. Durations are whole nanoseconds.

/// Declares shapes of Datadog's JSON. What is `None` is left out: Datadog takes an absent field as not measured,
/// and `null` in an update of a view as "there no longer".
macro_rules! shapes {
    ($($(#[$meta:meta])* struct $name:ident $(<$life:lifetime>)? {
        $($(#[$field_meta:meta])* $field:ident: $kind:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(serde::Serialize)]
        #[allow(clippy::struct_field_names, reason = "the names are Datadog's")]
        pub(super) struct $name $(<$life>)? {$(
            $(#[$field_meta])*
            #[serde(skip_serializing_if = "crate::sink::datadog::rum::shape::IsAbsent::is_absent")]
            pub(super) $field: $kind,
        )*}

        impl $(<$life>)? crate::sink::datadog::rum::shape::IsAbsent for $name $(<$life>)? {}
    )*};
}
pub(super) use shapes;

/// Whether a field is left out.
pub(super) trait IsAbsent {
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T> IsAbsent for Option<T> {
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T> IsAbsent for Vec<T> {}
impl IsAbsent for bool {}
impl IsAbsent for f64 {}
impl IsAbsent for i32 {}
impl IsAbsent for u8 {}
impl IsAbsent for u32 {}
impl IsAbsent for u64 {}
impl IsAbsent for &str {}
impl IsAbsent for String {}

shapes! {
    struct Count {
        count: u32,
    }

    struct Identified<'a> {
        id: &'a str,
    }
}

impl Count {
    pub(super) fn of(count: u32) -> Self {
        Self { count }
    }
}

/// Microseconds as nanoseconds; a page that claims five centuries gets the longest time there is.
pub(super) fn ns(us: u64) -> u64 {
    us.saturating_mul(1_000)
}

/// A 32-bit number in as many decimals as it stands for; more would show how it rounds. `None` for what is no
/// number: JSON has no word for it, and `null` is none of Datadog's.
pub(super) fn round(value: f32, scale: f64) -> Option<f64> {
    let value = f64::from(value);
    value.is_finite().then(|| (value * scale).round() / scale)
}

/// The word, if it is one of those Datadog's type lists: an event with another would be refused as a whole.
pub(super) fn one_of<'a>(word: Option<&'a str>, words: &[&str]) -> Option<&'a str> {
    word.filter(|word| words.contains(word))
}

/// A method, likewise.
pub(super) fn method(method: &str) -> Option<&str> {
    one_of(Some(method), &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"])
}
