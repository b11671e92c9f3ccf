//! What threads do while they wait for the others: each fetches from memory what it is going to read first in the
//! call after this one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{bytes::LINE, kernels::fetch};

/// Bytes that a thread fetches at most: it reads no more in any wait, and every core's own cache holds as many.
const MOST: usize = 256 << 10;
/// Bytes between two looks at whether the waiting is over.
const AT_ONCE: usize = 512;

/// Where a thread is going to read, on a line of its own; zero where that is not known.
#[repr(align(128))]
#[derive(Default)]
pub struct Expected(AtomicUsize);

impl Expected {
    /// From the beginning of `bytes` on.
    pub fn set(&self, bytes: &[u8]) {
        let address = if bytes.is_empty() {
            0
        } else {
            bytes.as_ptr().addr()
        };
        self.0.store(address, Ordering::Relaxed);
    }
}

/// How far a thread has got.
#[derive(Default)]
pub struct Ahead {
    /// What was expected when it began.
    from: usize,
    /// Bytes from there that it has asked for.
    fetched: usize,
}

impl Ahead {
    /// Asks for some more, and says whether there was more to ask for.
    pub fn fetch(&mut self, expected: &Expected) -> bool {
        let from = expected.0.load(Ordering::Relaxed);
        if from != self.from {
            *self = Self { from, fetched: 0 };
        }
        if from == 0 || self.fetched >= MOST {
            return false;
        }
        for line in (0..AT_ONCE).step_by(LINE) {
            fetch(from.wrapping_add(self.fetched + line));
        }
        self.fetched += AT_ONCE;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_is_fetched_as_a_cache_holds_and_again_from_another_place() {
        let (expected, mut ahead) = (Expected::default(), Ahead::default());
        assert!(!ahead.fetch(&expected), "nothing is expected");
        let bytes = [0; 2];
        for from in [&bytes[..], &bytes[1..]] {
            expected.set(from);
            let mut asked = 0;
            while ahead.fetch(&expected) {
                asked += AT_ONCE;
            }
            assert_eq!(asked, MOST, "what lies behind the end does no harm");
        }
        expected.set(&[]);
        assert!(!ahead.fetch(&expected));
    }
}
