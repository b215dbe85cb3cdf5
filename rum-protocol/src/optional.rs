//! Decodes optional enums. `minicbor` promises that an unknown variant of an optional enum reads as `None`, but
//! for enums that cross as a bare number (`index_only`) version 2.3 then skips one item too many and misreads
//! the rest; a golden test shows it.

use minicbor::data::Type;
use minicbor::{Decode, Decoder, decode};

/// `None` for null and for a variant this reader does not know.
pub(crate) fn known<'b, C, T: Decode<'b, C>>(
    d: &mut Decoder<'b>,
    ctx: &mut C,
) -> Result<Option<T>, decode::Error> {
    if d.datatype()? == Type::Null {
        d.skip()?;
        return Ok(None);
    }
    match T::decode(d, ctx) {
        Err(error) if error.is_unknown_variant() => Ok(None),
        decoded => decoded.map(Some),
    }
}
