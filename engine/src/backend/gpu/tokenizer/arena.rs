//! Which buffers a run needs, and what lies in each at which time.
//!
//! A run's shape says everything beforehand, so this is arithmetic: no buffer is allocated here.

/// The buffers of a run, each as large as the largest of what lies there one after the other.
#[derive(Debug, Default)]
pub struct Arena {
    /// Numbers that each has room for.
    sizes: Vec<usize>,
    free: Vec<usize>,
}

impl Arena {
    /// A place for `len` numbers: the smallest free one that has room, else the largest free one, which is made
    /// larger, else a new one.
    pub fn take(&mut self, len: usize) -> usize {
        let wish = |&(_, &buffer): &(usize, &usize)| match self.sizes[buffer] {
            room if room >= len => (0, room),
            small => (1, usize::MAX - small),
        };
        match self.free.iter().enumerate().min_by_key(wish) {
            Some((at, _)) => {
                let buffer = self.free.swap_remove(at);
                self.widen(buffer, len);
                buffer
            }
            None => self.add(len),
        }
    }

    /// A place that is nobody else's for the whole run.
    pub fn add(&mut self, len: usize) -> usize {
        self.sizes.push(len);
        self.sizes.len() - 1
    }

    /// Makes sure that a place has room for `len` numbers.
    pub fn widen(&mut self, buffer: usize, len: usize) {
        self.sizes[buffer] = self.sizes[buffer].max(len);
    }

    /// Takes a place back.
    pub fn give(&mut self, buffer: usize) {
        self.free.push(buffer);
    }

    /// The size of every buffer.
    pub fn into_sizes(self) -> Vec<usize> {
        self.sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_used_again_and_widened_at_need() {
        let mut arena = Arena::default();
        let fixed = arena.add(5);
        let [small, large] = [arena.take(10), arena.take(100)];
        arena.give(large);
        arena.give(small);
        assert_eq!(arena.take(8), small, "the smallest that has room");
        arena.give(small);
        assert_eq!(arena.take(200), large, "the largest, if none has");
        assert_eq!(arena.take(300), small);
        let new = arena.take(1);
        assert!(![fixed, small, large].contains(&new));
        assert_eq!(arena.into_sizes(), [5, 300, 200, 1]);
    }
}
