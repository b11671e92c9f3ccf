//! Products: heads, the gate, the last product, queries with keys and values; 16-bit numbers read either way.

use half::f16;
use wgpu::Buffer;

use super::{
    super::{
        super::{Format, Gpu, format::Packed, kernel::Kernel, tests::card},
        kernels::{End, Kernels, Tile},
    },
    DISTINCT, Expected, POISON, ROUNDING, assert_near, call, guarded, kernels, numbers, poisoned,
    run, upload, words,
};
use crate::dice::Dice;

/// Numbers of a matrix that its format holds exactly, so that packing costs nothing.
fn exact(dice: &mut Dice, format: Format, at: usize) -> f32 {
    let number = dice.number();
    match format {
        Format::F32 => number,
        Format::F16 => f16::from_f32(number).to_f32(),
        // The largest of each block makes its scale 1/128 and 1/8.
        Format::Q8_0 if at.is_multiple_of(32) => 127.0 / 128.0,
        Format::Q8_0 => (number * 127.0).round() / 128.0,
        Format::Q4_0 if at.is_multiple_of(32) => -1.0,
        Format::Q4_0 => (number * 7.0).round() / 8.0,
    }
}

/// A product with its operands, on the card and as they are.
struct Product {
    matrix: Packed,
    rows: usize,
    weights: Vec<Vec<f32>>,
    source: Vec<Vec<f32>>,
    /// Of each column; all 1 where nothing is normed.
    norm: Vec<f32>,
    is_normed: bool,
    weights_there: Buffer,
    source_there: Buffer,
    norm_there: Buffer,
}

impl Product {
    fn new(gpu: &Gpu, matrix: Packed, rows: usize, is_normed: bool) -> Self {
        let mut dice = Dice::default();
        let columns = matrix.columns;
        let mut row = |_| {
            (0..columns)
                .map(|at| exact(&mut dice, matrix.format, at))
                .collect()
        };
        let weights: Vec<Vec<f32>> = (0..DISTINCT).map(&mut row).collect();
        let mut row = |_| (0..columns).map(|_| dice.number()).collect();
        let source: Vec<Vec<f32>> = (0..rows).map(&mut row).collect();
        let norm: Vec<f32> = match is_normed {
            true => (0..columns).map(|_| 0.2 * dice.number()).collect(),
            false => vec![1.0; columns],
        };
        let packed = matrix.pack(|row| &weights[row % DISTINCT]).unwrap();
        // Rows that share a workgroup with the last one are there, and hold NaN.
        let mut flat = source.concat();
        flat.resize(columns * rows.next_power_of_two().max(8), f32::NAN);
        Self {
            matrix,
            rows,
            weights_there: gpu.upload("weights", &packed).unwrap(),
            source_there: upload(gpu, &flat),
            norm_there: upload(gpu, &norm),
            weights,
            source,
            norm,
            is_normed,
        }
    }

    /// Roundings on the longest way of a product into its sum: sixteen in a lane's chunk, one for each of its chunks,
    /// one for each lane; twice that for the norm, whose squares are summed alike and count half, and a few for what
    /// is done with the sum.
    fn roundings(&self) -> f64 {
        let in_a_lane = 16 + self.matrix.chunks().div_ceil(32);
        (2 * (in_a_lane + 32) + 8) as f64
    }

    /// The sum of a row and an output.
    fn sum(&self, row: usize, output: usize) -> Expected {
        let (weights, source) = (&self.weights[output % DISTINCT], &self.source[row]);
        let (mut sum, mut size, mut squares) = (0.0, 0.0, 0.0);
        for ((weight, x), norm) in weights.iter().zip(source).zip(&self.norm) {
            let x = f64::from(*x);
            let product = f64::from(*weight) * x * f64::from(*norm);
            sum += product;
            size += product.abs();
            squares += x * x;
        }
        let scale = match self.is_normed {
            true => (squares / self.matrix.columns as f64 + 1e-5).sqrt().recip(),
            false => 1.0,
        };
        (sum * scale, size * scale * self.roundings() * ROUNDING)
    }

    /// The sums of a row for the distinct outputs.
    fn sums(&self, row: usize) -> Vec<Expected> {
        (0..DISTINCT).map(|output| self.sum(row, output)).collect()
    }

    fn run(&self, gpu: &Gpu, kernel: Kernel, call: &Buffer, outputs: &[&Buffer], tile: Tile) {
        let mut buffers = vec![
            call,
            &self.weights_there,
            &self.source_there,
            &self.norm_there,
        ];
        buffers.extend(outputs);
        run(gpu, kernel, &buffers, tile.groups(self.rows, &self.matrix));
    }

    /// The sums, by rows that are rounded before where the kernels take such.
    fn run_sums(
        &self,
        gpu: &Gpu,
        kernels: &Kernels,
        call: &Buffer,
        result: &Buffer,
        ready: &Ready,
    ) {
        let tile = tile(self.rows);
        let (matrix, normed) = (&self.matrix, self.is_normed);
        let kernel = kernels.product(matrix, tile, normed, End::Set, matrix.outputs);
        if !kernels.takes_ready(tile) {
            return self.run(gpu, kernel, call, &[result], tile);
        }
        let Ready { numbers, scales } = ready;
        let (source, norm) = (&self.source_there, &self.norm_there);
        let round = kernels.round(matrix, normed);
        let buffers = [call, numbers, source, norm, scales];
        run(gpu, round, &buffers, [self.rows, 1]);
        let buffers = [call, &self.weights_there, numbers, scales, result];
        run(gpu, kernel, &buffers, tile.groups(self.rows, matrix));
    }
}

/// What rounding leaves for a product of many rows: the numbers, and their scales with the sums of squares.
struct Ready {
    numbers: Buffer,
    scales: Buffer,
}

impl Ready {
    /// Words of a row, of both.
    fn words(matrix: &Packed) -> [usize; 2] {
        [matrix.chunks() * 4, matrix.chunks() + 1]
    }

    /// Room for all rows of the last tile.
    fn new(gpu: &Gpu, product: &Product, tile: Tile) -> Self {
        let rows = product.rows.next_multiple_of(tile.rows);
        let [numbers, scales] =
            Self::words(&product.matrix).map(|words| poisoned(gpu, rows * words));
        Self { numbers, scales }
    }

    /// Rows of no pass are as they were, and so is what lies behind all.
    #[track_caller]
    fn check(&self, gpu: &Gpu, product: &Product, tile: Tile) {
        let rows = product.rows.next_multiple_of(tile.rows);
        for (buffer, row) in [&self.numbers, &self.scales]
            .into_iter()
            .zip(Self::words(&product.matrix))
        {
            let words = words(gpu, buffer, rows * row);
            let spilt = words[product.rows * row..]
                .iter()
                .find(|word| **word != POISON);
            assert_eq!(spilt, None, "written behind the last row");
        }
    }
}

/// What a pass of so many rows uses.
fn tile(rows: usize) -> Tile {
    Tile::ALL[Tile::of(rows)]
}

/// Rows that stand somewhere; products without a cache do not look where.
fn anywhere(rows: usize) -> Vec<(u32, u32, u32)> {
    vec![(0, 0, 1); rows]
}

#[test]
fn heads_of_the_largest_codebook() {
    let Some(gpu) = card() else { return };
    for (format, rows) in [(Format::F16, 1), (Format::Q4_0, 8), (Format::Q8_0, 11)] {
        let kernels = kernels(40, 2560, 16, format, &gpu);
        let product = Product::new(&gpu, kernels.packed(16_384, 2560), rows, true);
        let logits = poisoned(&gpu, rows * 16_384);
        let kernel = kernels.product(
            &product.matrix,
            tile(rows),
            true,
            End::Set,
            kernels.logits(),
        );
        let call = call(&gpu, &anywhere(rows));
        product.run(&gpu, kernel, &call, &[&logits], tile(rows));
        let found = numbers(&gpu, &logits, rows * 16_384);
        for (row, found) in found.chunks_exact(16_384).enumerate() {
            let sums = product.sums(row);
            let expected: Vec<_> = sums.into_iter().cycle().take(16_384).collect();
            assert_near(format.name(), &expected, found);
        }
    }
}

#[test]
fn the_largest_gate() {
    let Some(gpu) = card() else { return };
    for rows in [1, 8, 9] {
        let kernels = kernels(32, 3200, 24, Format::Q8_0, &gpu);
        let width = kernels.config.feed_forward_width();
        let product = Product::new(&gpu, kernels.packed(2 * width, 3200), rows, true);
        let inner = poisoned(&gpu, rows * width);
        let kernel = kernels.product(&product.matrix, tile(rows), true, End::Gate, width);
        let call = call(&gpu, &anywhere(rows));
        product.run(&gpu, kernel, &call, &[&inner], tile(rows));
        let found = numbers(&gpu, &inner, rows * width);
        for (row, found) in found.chunks_exact(width).enumerate() {
            let sums = product.sums(row);
            let gated = |at: usize| {
                let [(gate, off), (value, apart)] = [0, 1].map(|n| sums[(2 * at + n) % DISTINCT]);
                let open = gate / (1.0 + (-gate).exp());
                // The activation is nowhere steeper than 1.1; Vulkan allows an exponential 3 + 2 |x| units.
                let exponential = 2.0 * (6.0 + 2.0 * gate.abs()) * ROUNDING;
                let bound = 1.1 * off * (value.abs() + apart) + open.abs() * apart;
                (open * value, bound + exponential * (open * value).abs())
            };
            let expected: Vec<_> = (0..width).map(gated).collect();
            assert_near("gate", &expected, found);
        }
    }
}

#[test]
fn a_last_product_adds_to_what_is_there_for_any_number_of_rows() {
    let Some(gpu) = card() else { return };
    // Nine rows are a whole tile and a part of another.
    for rows in [1, 8, 9] {
        let kernels = kernels(40, 2560, 16, Format::F32, &gpu);
        let inner = kernels.config.feed_forward_width();
        let product = Product::new(&gpu, kernels.packed(2560, inner), rows, false);
        let before: Vec<f32> = (0..rows * 2560).map(|n| (n % 97) as f32 - 48.0).collect();
        let stream = before.iter().map(|number| number.to_bits()).collect();
        let stream = guarded(&gpu, stream);
        let kernel = kernels.product(&product.matrix, tile(rows), false, End::Add, 2560);
        let call = call(&gpu, &anywhere(rows));
        product.run(&gpu, kernel, &call, &[&stream], tile(rows));
        let found = numbers(&gpu, &stream, rows * 2560);
        for (row, found) in found.chunks_exact(2560).enumerate() {
            let sums = product.sums(row).into_iter().cycle();
            let before = before[row * 2560..][..2560].iter();
            let added = sums.zip(before).map(|((sum, bound), before)| {
                let all = sum + f64::from(*before);
                (all, bound + ROUNDING * all.abs())
            });
            assert_near("sum", &added.collect::<Vec<_>>(), found);
        }
    }
}

#[test]
fn queries_turn_and_keys_and_values_go_to_their_place_alone() {
    let Some(gpu) = card() else { return };
    let (heads, width, slots) = (40, 2560, 2);
    let kernels = kernels(heads, width, 24, Format::F16, &gpu);
    let (positions, head) = (kernels.config.positions(), kernels.config.head_width());
    let rows: Vec<(u32, u32, u32)> = [0, 1, 31, 255, 256, 300, 574, 575]
        .into_iter()
        .map(|position| (position % 2, position, 1))
        .collect();
    let product = Product::new(&gpu, kernels.packed(3 * width, width), rows.len(), true);
    let turns: Vec<(f32, f32)> = (0..(positions + 1) * head / 2)
        .map(|n| (n as f32).sin_cos())
        .collect();
    let flat: Vec<f32> = turns
        .iter()
        .flat_map(|(sine, cosine)| [*cosine, *sine])
        .collect();
    let rotary = upload(&gpu, &flat);
    let pairs = slots * heads * positions * head / 2;
    let queries = poisoned(&gpu, rows.len() * width);
    let [keys, values] = [(); 2].map(|()| poisoned(&gpu, pairs));
    let kernel = kernels.product(&product.matrix, tile(rows.len()), true, End::Cache, width);
    let outputs = [&queries, &keys, &values, &rotary];
    product.run(&gpu, kernel, &call(&gpu, &rows), &outputs, tile(rows.len()));

    let queries = numbers(&gpu, &queries, rows.len() * width);
    let caches = [&keys, &values].map(|cache| words(&gpu, cache, pairs));
    let mut written = 0;
    for (at, (slot, position, _)) in rows.iter().enumerate() {
        let (slot, position) = (*slot as usize, *position as usize);
        let sums = product.sums(at);
        let pair = |which: usize, column: usize, turned: bool| {
            let output = which * width + column;
            let [(a, off), (b, apart)] = [0, 1].map(|n| sums[(output + n) % DISTINCT]);
            let (sine, cosine) = turns[position * head / 2 + column % head / 2];
            let (sine, cosine) = (f64::from(sine), f64::from(cosine));
            // Turning rounds three times, and no sum grows by more than the square root of two.
            let bound = 1.5 * off.max(apart) + 3.0 * ROUNDING * (a.abs() + b.abs());
            match turned {
                true => [
                    (a * cosine - b * sine, bound),
                    (b * cosine + a * sine, bound),
                ],
                false => [(a, bound), (b, bound)],
            }
        };
        let expected: Vec<_> = (0..width)
            .step_by(2)
            .flat_map(|c| pair(0, c, true))
            .collect();
        assert_near("queries", &expected, &queries[at * width..][..width]);
        for (which, cache) in (1..).zip(&caches) {
            for column in (0..width).step_by(2) {
                let row = (slot * heads + column / head) * positions + position;
                let word = cache[row * head / 2 + column % head / 2];
                let found =
                    [word as u16, (word >> 16) as u16].map(|half| f16::from_bits(half).to_f32());
                // Kept in 16 bits: eleven digits, of which drivers may cut the last instead of rounding it.
                let expected = pair(which, column, which == 1)
                    .map(|(value, bound)| (value, bound + value.abs() / 1024.0 + 6e-8));
                assert_near("cache", &expected, &found);
                written += 1;
            }
        }
    }
    let touched = caches.iter().flatten().filter(|word| **word != POISON);
    assert_eq!(touched.count(), written, "other positions are as they were");
}

/// What rounding a row costs its products at most: of each number half the scale of its chunk, times the weight.
fn rounding_costs(product: &Product, row: usize) -> Vec<f64> {
    let x = product.source[row].iter().zip(&product.norm);
    let x: Vec<f64> = x.map(|(x, norm)| f64::from(x * norm)).collect();
    let halves: Vec<f64> = x
        .chunks(16)
        .flat_map(|chunk| {
            let largest = chunk.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            [largest / 254.0 * (1.0 + 8.0 * ROUNDING); 16]
        })
        .collect();
    let squares = product.source[row].iter().map(|x| f64::from(x * x));
    let scale = match product.is_normed {
        true => (squares.sum::<f64>() / x.len() as f64 + 1e-5)
            .sqrt()
            .recip(),
        false => 1.0,
    };
    let cost = |weights: &Vec<f32>| {
        let each = weights.iter().zip(&halves);
        each.map(|(weight, half)| f64::from(weight.abs()) * half)
            .sum::<f64>()
            * scale
    };
    product.weights.iter().map(cost).collect()
}

/// Products of whole numbers: few rows, which are rounded on the way, and many, which are rounded before.
#[test]
fn whole_numbers_of_the_largest_sizes() {
    let Some(gpu) = card() else { return };
    for (format, rows, columns, normed) in [
        (Format::Q8_0, 2, 2560, true),
        (Format::Q8_0, 9, 6912, false),
        (Format::Q4_0, 8, 3200, false),
        (Format::Q4_0, 11, 2560, true),
    ] {
        let kernels = Kernels {
            dots: true,
            ..kernels(40, 2560, 16, format, &gpu)
        };
        let product = Product::new(&gpu, kernels.packed(16_384, columns), rows, normed);
        let call = call(&gpu, &anywhere(rows));
        let result = poisoned(&gpu, rows * 16_384);
        let ready = Ready::new(&gpu, &product, tile(rows));
        product.run_sums(&gpu, &kernels, &call, &result, &ready);
        ready.check(&gpu, &product, tile(rows));
        let found = numbers(&gpu, &result, rows * 16_384);
        for (row, found) in found.chunks_exact(16_384).enumerate() {
            let costs = rounding_costs(&product, row);
            let sums = product.sums(row).into_iter().zip(costs);
            let sums: Vec<_> = sums
                .map(|((sum, bound), cost)| (sum, bound + cost))
                .collect();
            let expected: Vec<_> = sums.into_iter().cycle().take(16_384).collect();
            assert_near(&format!("{rows} rows, {}", format.name()), &expected, found);
        }
    }
}

/// What products of whole numbers bring: `cargo test --workspace --lib beside_floats -- --ignored --nocapture`
#[test]
#[ignore = "says what each takes on this card"]
fn whole_numbers_beside_floats() {
    let Some(gpu) = card() else { return };
    for (format, rows) in [Format::Q8_0, Format::Q4_0]
        .into_iter()
        .flat_map(|format| [2, 8, 32].map(|rows| (format, rows)))
    {
        let plain = kernels(24, 1536, 16, format, &gpu);
        let product = Product::new(&gpu, plain.packed(8192, 1536), rows, true);
        let (call, result) = (call(&gpu, &anywhere(rows)), poisoned(&gpu, rows * 8192));
        let ready = Ready::new(&gpu, &product, tile(rows));
        let times = [false, true].map(|dots| {
            let kernels = Kernels {
                dots,
                ..plain.clone()
            };
            let mut best = f64::INFINITY;
            for _ in 0..7 {
                let start = std::time::Instant::now();
                product.run_sums(&gpu, &kernels, &call, &result, &ready);
                gpu.read(&result, 0, 4).unwrap();
                best = best.min(start.elapsed().as_secs_f64());
            }
            best * 1e3
        });
        let name = format.name();
        println!(
            "{name}, {rows} rows: {:.2} ms in floats, {:.2} in whole numbers",
            times[0], times[1]
        );
    }
}

/// However the lanes of a team are added up: with no subgroups, and with as narrow ones as there are cards.
#[test]
fn sums_over_lanes_with_subgroups_of_any_width() {
    let Some(gpu) = card() else { return };
    let widths = [4, 8, 16, 32].map(Some).into_iter();
    let here = |width: &Option<usize>| *width <= gpu.subgroup();
    for subgroup in std::iter::once(None).chain(widths).filter(here) {
        for rows in [1, 2, 4, 8, 9] {
            let kernels = Kernels {
                subgroup,
                ..kernels(40, 2560, 16, Format::Q8_0, &gpu)
            };
            let product = Product::new(&gpu, kernels.packed(DISTINCT, 2560), rows, true);
            let stride = DISTINCT.next_multiple_of(4);
            let result = poisoned(&gpu, rows * stride);
            let kernel = kernels.product(&product.matrix, tile(rows), true, End::Set, stride);
            let call = call(&gpu, &anywhere(rows));
            product.run(&gpu, kernel, &call, &[&result], tile(rows));
            let found = numbers(&gpu, &result, rows * stride);
            for (row, found) in found.chunks_exact(stride).enumerate() {
                let what = format!("{rows} rows, subgroups of {subgroup:?}");
                assert_near(&what, &product.sums(row), &found[..DISTINCT]);
            }
        }
    }
}

/// Weights as 16-bit numbers and as halves of words are the same weights, down to the smallest.
#[test]
fn sixteen_bit_numbers_read_either_way_give_the_same_bits() {
    let Some(gpu) = card() else { return };
    if !gpu.has_halves() {
        println!("skipped: this adapter has no 16-bit numbers");
        return;
    }
    let halves = kernels(40, 2560, 16, Format::F16, &gpu);
    let mut product = Product::new(&gpu, halves.packed(264, 2560), 8, true);
    let special = [
        f16::MAX,
        f16::MIN,
        f16::MIN_POSITIVE,
        -f16::MIN_POSITIVE_SUBNORMAL,
    ];
    for (row, number) in product.weights.iter_mut().zip(special) {
        row.fill(number.to_f32());
    }
    let packed = product.matrix.pack(|row| &product.weights[row % DISTINCT]);
    product.weights_there = gpu.upload("weights", &packed.unwrap()).unwrap();
    let words_of = |kernels: &Kernels| {
        let result = poisoned(&gpu, 8 * 264);
        let kernel = kernels.product(&product.matrix, tile(8), true, End::Set, 264);
        product.run(&gpu, kernel, &call(&gpu, &anywhere(8)), &[&result], tile(8));
        words(&gpu, &result, 8 * 264)
    };
    let unpacked = Kernels {
        halves: false,
        ..halves.clone()
    };
    let pairs = words_of(&halves).into_iter().zip(words_of(&unpacked));
    let differ: Vec<_> = pairs.filter(|(one, other)| one != other).take(3).collect();
    assert_eq!(differ, []);
}
