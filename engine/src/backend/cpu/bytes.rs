//! Bytes that somebody owns: memory of this process, or a file that is mapped into it.
//!
//! Weights are looked at where they lie; nothing here copies them.

use std::sync::Arc;

/// Shared bytes. A clone is another look at the same ones.
#[derive(Clone)]
pub struct Bytes {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
}

impl Bytes {
    /// All bytes of `owner`: a `Vec<u8>`, a memory map.
    pub fn new(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self {
            owner: Arc::new(owner),
        }
    }

    /// The bytes.
    pub fn get(&self) -> &[u8] {
        (*self.owner).as_ref()
    }
}

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({})", self.get().len())
    }
}
