//! Products with weights in blocks of whole numbers.
//!
//! Every number that comes out is `0 + t0 + t1 + ...` over the blocks in order, where `t` is the exact
//! whole-number product of two blocks times the product of their scales, each operation rounded. So
//! neither the instructions, nor the rows that share the pass, nor who computes it change a bit.

use std::{array, mem::MaybeUninit, ops::Range};

use super::{Block, Machine, Portable, TILE, Work, machine::block_bytes};
use crate::backend::cpu::columns::Part;

/// Rows of activations whose sums fit into registers beside the weights.
const GROUP: usize = 8;
/// Blocks of weights that are regrouped at once for many rows.
const PACK: usize = 16;
/// Bytes by which weights in tiles are asked for before they are needed, of one tile and of several side by side.
const AHEAD: usize = 4096;
const AHEAD_OF_EACH: usize = 2048;
/// Tiles that go side by side at most, where the registers hold their sums: as many streams from memory, which
/// together bring more of it than one.
pub const SIDE_BY_SIDE: usize = 4;
/// Rows of activations that regrouped weights serve.
const MANY: usize = 64;

/// The bytes of a weight matrix.
#[derive(Clone, Copy)]
pub struct Weights<'a> {
    /// All of them.
    pub bytes: &'a [u8],
    /// Bytes of a row.
    pub row_bytes: usize,
    /// Rows that lie in tiles, from the first on; the others lie row after row.
    pub tiled: usize,
}

/// `out[row][n] = weights[n] · x[row]`, or added to what is there, for the columns `n` of `out`.
/// `SIGNED` means Q8_0, else Q4_0.
pub struct Blocks<'a, 'b, const SIGNED: bool> {
    /// `[columns of out, blocks]`.
    pub weights: Weights<'a>,
    /// `[rows, blocks]`.
    pub x: &'a [Block],
    /// Whether to add.
    pub add: bool,
    /// Where to; it begins with a tile.
    pub out: &'a mut Part<'b>,
}

impl<const SIGNED: bool> Work for Blocks<'_, '_, SIGNED> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(mut self, machine: M) {
        let blocks = self.weights.row_bytes / Self::BYTES;
        let Range { start, end } = self.out.range();
        // What the unsafe parts below rely on.
        assert_eq!(self.weights.row_bytes, blocks * Self::BYTES);
        assert!(end * self.weights.row_bytes <= self.weights.bytes.len());
        assert_eq!(self.x.len(), blocks * self.out.rows());
        assert!(start.is_multiple_of(TILE) && self.weights.tiled.is_multiple_of(TILE));
        let tiled = self.weights.tiled.clamp(start, end);
        assert!(
            tiled.is_multiple_of(TILE) || tiled == start,
            "no tile is cut"
        );
        let whole = tiled + (end - tiled) / M::ROWS * M::ROWS;
        self.tiles::<M, true>(machine, blocks, start..tiled);
        self.tiles::<M, false>(machine, blocks, tiled..whole);
        self.tiles::<Portable, false>(Portable, blocks, whole..end);
    }
}

impl<const SIGNED: bool> Blocks<'_, '_, SIGNED> {
    /// Bytes of a block.
    const BYTES: usize = block_bytes(SIGNED);

    /// Weight rows `range`, as many as the machine takes at a time, or a multiple of that.
    #[inline(always)]
    fn tiles<M: Machine, const TILED: bool>(
        &mut self,
        machine: M,
        blocks: usize,
        range: Range<usize>,
    ) {
        let rows = self.out.rows();
        for start in (0..rows).step_by(MANY) {
            let group = start..rows.min(start + MANY);
            let mut range = range.clone();
            if TILED && M::WIDE && M::ROWS == TILE && group.len() <= 2 {
                match group.len() {
                    1 => self.several::<M, 1>(machine, blocks, &mut range, group.start),
                    _ => self.several::<M, 2>(machine, blocks, &mut range, group.start),
                }
            }
            // All rows of a tile side by side: half of them would fetch every line twice, and the second
            // time find it there and leave the memory idle.
            for first in range.step_by(Tile::<M, SIGNED, TILED>::ROWS) {
                let tile = Tile::<M, SIGNED, TILED>::new(machine, self.weights, first);
                match group.len() {
                    1 => self.few::<M, TILED, 1>(tile, blocks, first, group.clone()),
                    2 => self.few::<M, TILED, 2>(tile, blocks, first, group.clone()),
                    3..=4 => self.few::<M, TILED, 4>(tile, blocks, first, group.clone()),
                    5..=GROUP => self.few::<M, TILED, GROUP>(tile, blocks, first, group.clone()),
                    _ => self.many(tile, blocks, first, group.clone()),
                }
            }
        }
    }

    /// `R` rows of activations with tiles from the start of the range, which is shortened, as long as there are
    /// several.
    #[inline(always)]
    fn several<M: Machine, const R: usize>(
        &mut self,
        machine: M,
        blocks: usize,
        range: &mut Range<usize>,
        row: usize,
    ) {
        self.groups::<M, R, SIDE_BY_SIDE>(machine, blocks, range, row);
        self.groups::<M, R, { SIDE_BY_SIDE / 2 }>(machine, blocks, range, row);
    }

    /// The same, `N` at a time.
    #[inline(always)]
    fn groups<M: Machine, const R: usize, const N: usize>(
        &mut self,
        machine: M,
        blocks: usize,
        range: &mut Range<usize>,
        row: usize,
    ) {
        while range.len() >= N * TILE {
            self.side_by_side::<M, R, N>(machine, blocks, range.start, row);
            range.start += N * TILE;
        }
    }

    /// `R` rows of activations from `row` on with `N` tiles from `first` on.
    #[inline(always)]
    fn side_by_side<M: Machine, const R: usize, const N: usize>(
        &mut self,
        machine: M,
        blocks: usize,
        first: usize,
        row: usize,
    ) {
        let tile = Tile::<M, SIGNED, true>::new(machine, self.weights, first);
        let (column, whole) = (TILE * Self::BYTES, TILE * tile.stride);
        let x: [&[Block]; R] = array::from_fn(|r| &self.x[(row + r) * blocks..][..blocks]);
        let mut sums = [[machine.no_sums(); R]; N];
        for block in 0..blocks {
            let at = column * block;
            // SAFETY: each slice has `blocks` blocks.
            let x = x.map(|x| unsafe { x.get_unchecked(block) });
            let mut places = [tile.start; N];
            for (n, place) in places.iter_mut().enumerate() {
                *place = place.wrapping_add(n * whole + at);
            }
            let mut ahead = AHEAD_OF_EACH;
            if at + ahead >= whole {
                // Behind a tile's end lies its neighbour, which is at hand already: on to the next group's.
                ahead += (N - 1) * whole;
            }
            // SAFETY: `run` has checked that the tiles, each of `blocks` block columns, are there.
            unsafe { machine.accumulate_tiles::<SIGNED, R, N>(&mut sums, places, x, ahead) };
        }
        for (n, sums) in sums.into_iter().enumerate() {
            for (r, sums) in sums.into_iter().enumerate() {
                self.put(machine, row + r, first + n * TILE, sums);
            }
        }
    }

    /// Up to `R` rows of activations with a tile of weight rows from `first` on: the weights go straight
    /// from memory into products.
    #[inline(always)]
    fn few<M: Machine, const TILED: bool, const R: usize>(
        &mut self,
        tile: Tile<M, SIGNED, TILED>,
        blocks: usize,
        first: usize,
        rows: Range<usize>,
    ) {
        let machine = tile.machine;
        // Rows that are missing are computed as the last one, and left at that.
        let x: [&[Block]; R] =
            array::from_fn(|r| &self.x[(rows.start + r).min(rows.end - 1) * blocks..][..blocks]);
        let mut sums = [[machine.no_sums(); R]; TILE];
        let sums = &mut sums[..tile.shares()];
        for block in 0..blocks {
            tile.prefetch(block);
            // SAFETY: each slice has `blocks` blocks.
            let x = x.map(|x| unsafe { x.get_unchecked(block) });
            for (share, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `run` has checked that the tile's rows, each of `blocks` blocks, are there.
                let (words, scales) = unsafe { tile.words(block, share) };
                machine.accumulate::<SIGNED, R>(sums, &words, scales, x);
            }
        }
        for (share, sums) in sums.iter().enumerate() {
            for (row, sums) in rows.clone().zip(sums) {
                self.put(machine, row, first + share * M::ROWS, *sums);
            }
        }
    }

    /// More rows of activations: some columns of the tile are regrouped once and serve them all.
    #[inline(always)]
    fn many<M: Machine, const TILED: bool>(
        &mut self,
        tile: Tile<M, SIGNED, TILED>,
        blocks: usize,
        first: usize,
        rows: Range<usize>,
    ) {
        for share in 0..tile.shares() {
            self.many_of(tile, share, blocks, first + share * M::ROWS, rows.clone());
        }
    }

    #[inline(always)]
    fn many_of<M: Machine, const TILED: bool>(
        &mut self,
        tile: Tile<M, SIGNED, TILED>,
        share: usize,
        blocks: usize,
        first: usize,
        rows: Range<usize>,
    ) {
        let machine = tile.machine;
        let mut sums = [machine.no_sums(); MANY];
        for start in (0..blocks).step_by(PACK) {
            let columns = start..blocks.min(start + PACK);
            let mut packed: [MaybeUninit<(M::Words, M::Sums)>; PACK] =
                [const { MaybeUninit::uninit() }; PACK];
            for (block, packed) in columns.clone().zip(&mut packed) {
                // SAFETY: `run` has checked that the tile's rows, each of `blocks` blocks, are there.
                packed.write(unsafe { tile.words(block, share) });
            }
            for (group, sums) in sums.chunks_exact_mut(GROUP).enumerate() {
                let row = rows.start + group * GROUP;
                if row >= rows.end {
                    break;
                }
                let x: [&[Block]; GROUP] = array::from_fn(|r| {
                    &self.x[(row + r).min(rows.end - 1) * blocks..][columns.clone()]
                });
                let mut held = [machine.no_sums(); GROUP];
                held.copy_from_slice(sums);
                for block in 0..columns.len() {
                    // SAFETY: so many have just been written.
                    let (words, scales) = unsafe { packed[block].assume_init_ref() };
                    // SAFETY: each slice has `columns.len()` blocks.
                    let x = x.map(|x| unsafe { x.get_unchecked(block) });
                    machine.accumulate::<SIGNED, GROUP>(&mut held, words, *scales, x);
                }
                sums.copy_from_slice(&held);
            }
        }
        for (row, sums) in rows.zip(&sums) {
            self.put(machine, row, first, *sums);
        }
    }

    #[inline(always)]
    fn put<M: Machine>(&mut self, machine: M, row: usize, first: usize, sums: M::Sums) {
        let mut values = [0.0; TILE];
        machine.store_sums(sums, &mut values);
        let start = first - self.out.range().start;
        let out = &mut self.out.row(row)[start..start + M::ROWS];
        for (out, value) in out.iter_mut().zip(values) {
            *out = if self.add { *out + value } else { value };
        }
    }
}

/// Weight rows that are multiplied side by side.
#[derive(Clone, Copy)]
struct Tile<M, const SIGNED: bool, const TILED: bool> {
    machine: M,
    /// Their first byte; of a tile, the tile's.
    start: *const u8,
    /// Bytes of a row.
    stride: usize,
}

impl<M: Machine, const SIGNED: bool, const TILED: bool> Tile<M, SIGNED, TILED> {
    /// How many they are.
    const ROWS: usize = if TILED { TILE } else { M::ROWS };

    #[inline(always)]
    fn new(machine: M, weights: Weights<'_>, first: usize) -> Self {
        let stride = weights.row_bytes;
        Self {
            machine,
            start: weights.bytes[first * stride..].as_ptr(),
            stride,
        }
    }

    /// The machine takes the rows in so many shares.
    #[inline(always)]
    fn shares(self) -> usize {
        Self::ROWS / M::ROWS
    }

    /// A block of every row of a share.
    ///
    /// # Safety
    /// The rows are readable and have so many blocks.
    #[inline(always)]
    unsafe fn words(self, block: usize, share: usize) -> (M::Words, M::Sums) {
        let bytes = Blocks::<'_, '_, SIGNED>::BYTES * block;
        // SAFETY: the caller's.
        unsafe {
            if TILED {
                let at = self.start.add(bytes * TILE);
                self.machine.tile::<SIGNED>(at, share * M::ROWS)
            } else {
                self.machine
                    .rows::<SIGNED>(self.start.add(bytes), self.stride)
            }
        }
    }

    /// Asks for weights that come later: of a tile, some lines ahead; of rows, the next ones, line by line
    /// as these are worked off, which makes one stream of sixteen.
    #[inline(always)]
    fn prefetch(self, block: usize) {
        let bytes = Blocks::<'_, '_, SIGNED>::BYTES;
        let ahead = if TILED {
            AHEAD
        } else {
            Self::ROWS * self.stride
        };
        let next = self.start.wrapping_add(ahead + Self::ROWS * bytes * block);
        for line in (0..Self::ROWS * bytes).step_by(64) {
            self.machine.prefetch(next.wrapping_add(line));
        }
    }
}
