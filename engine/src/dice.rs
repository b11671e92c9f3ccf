//! Random weights, the same every time: for measuring without a model's files.

/// Vigna's xorshift64: any even numbers do.
pub(crate) struct Dice(u64);

impl Default for Dice {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Dice {
    /// Evenly spread from -1 to 1.
    pub(crate) fn number(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    }

    /// So many of them, within `±sqrt(3 / inputs)`: a product over as many inputs keeps their size.
    pub(crate) fn weights(&mut self, count: usize, inputs: usize) -> Vec<f32> {
        let reach = (3.0 / inputs as f32).sqrt();
        (0..count).map(|_| self.number() * reach).collect()
    }
}
