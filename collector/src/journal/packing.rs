//! How the journal holds a body that came plain.

use super::Compression;
use bytes::Bytes;
use lz4_flex::block::{self, CompressTable};
use std::cell::RefCell;

/// Smallest body that is compressed (bytes). Below, what it would save is less than half a page of the file,
/// and a third of what it costs to take the body is spent on it.
const MIN_COMPRESSED_BYTES: usize = 4 * 1024;

/// Largest body (bytes) after which a thread keeps its memory for the next. A table for larger ones would be
/// slower for all the others.
const MAX_KEPT_BYTES: usize = 60 * 1024;

/// A packed body cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// It is not one whole LZ4 block of the length it names.
    #[error("the body is not one whole LZ4 block")]
    Lz4,
    /// It names a length beyond the cap.
    #[error("the body unpacks to more than {limit_bytes} bytes")]
    TooLarge {
        /// The cap.
        limit_bytes: usize,
    },
}

/// Packs a plain body. LZ4 rather than zlib: less than half the CPU time on the way in and a sixth on the way out,
/// for a file a twentieth larger (`cargo bench --bench steps`).
pub fn pack(plain: Bytes) -> (Compression, Bytes) {
    if plain.len() < MIN_COMPRESSED_BYTES {
        return (Compression::None, plain);
    }
    let packed = PACKER.with_borrow_mut(|packer| packer.pack(&plain));
    packed.map_or((Compression::None, plain), |packed| (Compression::Lz4, packed))
}

thread_local! {
    static PACKER: RefCell<Packer> = RefCell::default();
}

/// What packing needs, kept by each thread: a body is done before clean memory for the next would be.
#[derive(Default)]
struct Packer {
    table: CompressTable,
    block: Vec<u8>,
}

impl Packer {
    /// `None` for a body that does not shrink.
    fn pack(&mut self, plain: &[u8]) -> Option<Bytes> {
        let length = u32::try_from(plain.len()).ok()?.to_le_bytes();
        let needed = length.len() + block::get_maximum_output_size(plain.len());
        if self.block.len() < needed {
            self.block.resize(needed, 0);
        }
        let (head, rest) = self.block.split_at_mut(length.len());
        head.copy_from_slice(&length);
        let packed = block::compress_into_with_table(plain, rest, &mut self.table).ok()?;
        let packed = Bytes::copy_from_slice(self.block.get(..length.len() + packed)?);
        if plain.len() > MAX_KEPT_BYTES {
            *self = Self::default();
        }
        Some(packed).filter(|packed| packed.len() < plain.len())
    }
}

/// Reads a packed body ([`Compression::Lz4`]) back. No more than it may hold is ever allocated.
pub fn unpack(packed: &[u8], limit_bytes: usize) -> Result<Bytes, UnpackError> {
    let (length, block) = block::uncompressed_size(packed).map_err(|_| UnpackError::Lz4)?;
    if length > limit_bytes {
        return Err(UnpackError::TooLarge { limit_bytes });
    }
    let plain = block::decompress(block, length).map_err(|_| UnpackError::Lz4)?;
    // The block may hold less than its length says.
    if plain.len() == length { Ok(plain.into()) } else { Err(UnpackError::Lz4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT_BYTES: usize = 1024 * 1024;

    #[test]
    fn a_body_is_packed_where_it_gains_and_comes_back_whole() {
        let text = Bytes::from("some text, ".repeat(1_000));
        let (compression, packed) = pack(text.clone());
        assert_eq!(compression, Compression::Lz4);
        assert!(packed.len() < text.len() / 10);
        assert_eq!(unpack(&packed, text.len()).unwrap(), text);
        let small = text.slice(..MIN_COMPRESSED_BYTES - 1);
        assert_eq!(pack(small.clone()), (Compression::None, small));
        let noise: Bytes = (0..8 * 1024).map(|_| fastrand::u8(..)).collect();
        assert_eq!(pack(noise.clone()), (Compression::None, noise));
    }

    #[test]
    fn a_bomb_is_refused_by_the_length_it_names_or_has() {
        let (_, packed) = pack(vec![0; 20 * 1024 * 1024].into());
        assert!(packed.len() < 100 * 1024);
        assert!(matches!(unpack(&packed, LIMIT_BYTES), Err(UnpackError::TooLarge { .. })));
        // The same with a smaller length in front, and a larger one.
        for length in [1_000_u32, 0] {
            let liar = [&length.to_le_bytes()[..], &packed[4..]].concat();
            assert!(matches!(unpack(&liar, LIMIT_BYTES), Err(UnpackError::Lz4)));
        }
        let (_, packed) = pack(vec![0; 100_000].into());
        let liar = [&100_001_u32.to_le_bytes()[..], &packed[4..]].concat();
        assert!(matches!(unpack(&liar, LIMIT_BYTES), Err(UnpackError::Lz4)));
    }

    #[test]
    fn what_is_cut_or_something_else_is_refused() {
        let (_, packed) = pack("some text, ".repeat(1_000).into());
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length], LIMIT_BYTES).is_err(), "{length}");
        }
        assert!(unpack(b"no block at all", LIMIT_BYTES).is_err());
    }
}
