//! A tile of C in registers while the inner dimension runs by: the arithmetic of every product.

mod kind;

use crate::Level;
use crate::lanes::{F32x4, Lanes};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16};
use crate::level::Tier;
#[cfg(target_arch = "x86_64")]
use crate::level::Vnni;
use crate::prefetch::prefetch;
use crate::words::Words;
#[cfg(target_arch = "x86_64")]
use kind::{Bf16, Dot, Pairs};
use kind::{Bytes4, F32, Kind};

/// The step from a tile's finished sums to C.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finish {
    Store,
    Accumulate,
    /// Adds one number for each column.
    Bias(*const f32),
    /// Takes sums of products of bytes back to numbers.
    Scale(Scale),
}

/// With `x = low + step · q` for each row and `w = scale · p` for each column, Σ x w is
/// `step · scale · Σ q p + low · Σ w`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Of each row.
    pub(crate) ranges: *const Range,
    /// Of each column.
    pub(crate) steps: *const f32,
    /// Σ w of each column.
    pub(crate) sums: *const f32,
    /// Added to each column.
    pub(crate) bias: *const f32,
}

/// The numbers that a row of bytes q stands for: `low + step · q`.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Range {
    pub(crate) low: f32,
    pub(crate) step: f32,
}

/// Part of A as tiles read it: row `r`'s word `w` is at `start + r · row + w · step`, within a
/// group of [`rows`]; the next group is `group` words on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strip {
    pub(crate) start: *const f32,
    pub(crate) row: usize,
    pub(crate) step: usize,
    pub(crate) group: usize,
}

/// Rows and columns of C that share a block of the inner dimension.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) strip: Strip,
    pub(crate) rows: usize,
    pub(crate) panels: *const f32,
    /// From one panel to the next.
    pub(crate) panel_stride: usize,
    /// The start of the next block's panels, or null: brought nearer meanwhile. Need not exist.
    pub(crate) next: *const f32,
    pub(crate) columns: usize,
    /// Words of the inner dimension.
    pub(crate) depth: usize,
    pub(crate) c: *mut f32,
    pub(crate) c_stride: usize,
    pub(crate) finish: Finish,
}

/// Rows of a tile.
#[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables))]
pub(crate) fn rows(level: Level, words: Words) -> usize {
    match (level.tier(), words) {
        #[cfg(target_arch = "x86_64")]
        (Tier::Avx512, Words::Bytes) if !level.has_vnni() => Pairs::<F32x16>::ROWS,
        #[cfg(target_arch = "x86_64")]
        (Tier::Avx512, _) => F32::<F32x16>::ROWS,
        #[cfg(target_arch = "x86_64")]
        (Tier::Avx2, Words::Bytes) if !level.has_vnni() => Pairs::<F32x8>::ROWS,
        #[cfg(target_arch = "x86_64")]
        (Tier::Avx2, _) => F32::<F32x8>::ROWS,
        (Tier::Scalar, _) => F32::<F32x4>::ROWS,
    }
}

/// Columns of a tile, and so of a panel: two vectors.
pub(crate) fn panel_width(level: Level) -> usize {
    2 * match level.tier() {
        #[cfg(target_arch = "x86_64")]
        Tier::Avx512 => F32x16::COUNT,
        #[cfg(target_arch = "x86_64")]
        Tier::Avx2 => F32x8::COUNT,
        Tier::Scalar => F32x4::COUNT,
    }
}

/// Computes a block of C.
///
/// # Safety
/// The strip must hold `rows` rows of `depth` words, the panels `columns` columns of them;
/// a bias and a scale's columns `columns` numbers, its ranges `rows`; C's `rows` by `columns`
/// numbers must be writable and no one else's. `words` must be what [`Words::of`] gives for the
/// level. Bytes must come in steps of one word, in whole numbers of `TOGETHER` words.
pub(crate) unsafe fn run(level: Level, words: Words, block: &Block) {
    // SAFETY: each arm's instructions are the level's; the rest is the caller's promise.
    unsafe {
        match (level.tier(), words) {
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx512, Words::Bytes) if level.has_vnni() => run_avx512_vnni(block),
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx512, Words::Bytes) => run_avx512_bytes(block),
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx512, Words::Pairs) => run_bf16(block),
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx512, _) => run_avx512(block),
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx2, Words::Bytes) => match level.vnni() {
                Vnni::Vex => run_avx_vnni(block),
                Vnni::Evex => run_avx512_vnni_halved(block),
                Vnni::No => run_avx2_bytes(block),
            },
            #[cfg(target_arch = "x86_64")]
            (Tier::Avx2, _) => run_avx2(block),
            (Tier::Scalar, Words::Bytes) => run_block::<Bytes4>(block),
            (Tier::Scalar, _) => run_block::<F32<F32x4>>(block),
        }
    }
}

macro_rules! compiled_for {
    ($name:ident, $features:literal, $kind:ty) => {
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = $features)]
        unsafe fn $name(block: &Block) {
            // SAFETY: the caller's promise.
            unsafe { run_block::<$kind>(block) }
        }
    };
}

compiled_for!(run_bf16, "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma", Bf16);
compiled_for!(
    run_avx512_vnni,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma",
    Dot<F32x16, false>
);
compiled_for!(
    run_avx512_vnni_halved,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma",
    Dot<F32x8, false>
);
compiled_for!(run_avx512_bytes, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", Pairs<F32x16>);
compiled_for!(run_avx512, "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma", F32<F32x16>);
compiled_for!(run_avx_vnni, "avxvnni,avx2,fma", Dot<F32x8, true>);
compiled_for!(run_avx2_bytes, "avx2,fma", Pairs<F32x8>);
compiled_for!(run_avx2, "avx2,fma", F32<F32x8>);

/// # Safety
/// See [`run`].
#[inline(always)]
unsafe fn run_block<K: Kind>(block: &Block) {
    let width = 2 * K::Lanes::COUNT;
    let strip = block.strip;
    let groups = block.rows.div_ceil(K::ROWS);
    // If rows lie evenly, tiles are as high as each other: one of a single row would cost almost as
    // much as one of four, waiting for its sums.
    let is_even = strip.group == K::ROWS * strip.row;
    let (least, higher) = (block.rows / groups.max(1), block.rows % groups.max(1));
    let mut row = 0;
    for group in 0..groups {
        let (rows, offset) = if is_even {
            (least + usize::from(group < higher), row * strip.row)
        } else {
            (K::ROWS.min(block.rows - row), group * strip.group)
        };
        for (panel, column) in (0..block.columns).step_by(width).enumerate() {
            // SAFETY: rows and columns stay within the block.
            unsafe {
                let tile = Tile {
                    a: strip.start.add(offset),
                    a_row: strip.row,
                    a_step: strip.step,
                    b: block.panels.add(panel * block.panel_stride),
                    // The first rows take the longest to come; one sweep over the panel is enough.
                    next: if group == 0 { block.next } else { std::ptr::null() },
                    depth: block.depth,
                    c: block.c.add(row * block.c_stride + column),
                    c_stride: block.c_stride,
                    columns: width.min(block.columns - column),
                    finish: block.finish.at(row, column),
                };
                match rows {
                    1 => tile.run::<K, 1>(),
                    2 => tile.run::<K, 2>(),
                    3 => tile.run::<K, 3>(),
                    4 => tile.run::<K, 4>(),
                    5 if K::ROWS >= 5 => tile.run::<K, 5>(),
                    6 if K::ROWS >= 6 => tile.run::<K, 6>(),
                    7 if K::ROWS >= 7 => tile.run::<K, 7>(),
                    8 if K::ROWS >= 8 => tile.run::<K, 8>(),
                    9 if K::ROWS >= 9 => tile.run::<K, 9>(),
                    10 if K::ROWS >= 10 => tile.run::<K, 10>(),
                    11 if K::ROWS >= 11 => tile.run::<K, 11>(),
                    12 if K::ROWS >= 12 => tile.run::<K, 12>(),
                    _ => unreachable!("a tile has 1 to {} rows", K::ROWS),
                }
            }
        }
        row += rows;
    }
}

impl Finish {
    /// The part that belongs to the rows and columns from here on.
    ///
    /// # Safety
    /// They must exist.
    #[inline(always)]
    unsafe fn at(self, row: usize, column: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Bias(bias) => Self::Bias(bias.add(column)),
                Self::Scale(scale) => Self::Scale(Scale {
                    ranges: scale.ranges.add(row),
                    steps: scale.steps.add(column),
                    sums: scale.sums.add(column),
                    bias: scale.bias.add(column),
                }),
                other => other,
            }
        }
    }
}

struct Tile {
    a: *const f32,
    a_row: usize,
    a_step: usize,
    b: *const f32,
    next: *const f32,
    depth: usize,
    c: *mut f32,
    c_stride: usize,
    columns: usize,
    finish: Finish,
}

impl Tile {
    /// Each number of C is the sum over the inner dimension in order, whatever `R` is: a row's
    /// result does not depend on the rows beside it.
    ///
    /// # Safety
    /// See [`run`].
    #[inline(always)]
    unsafe fn run<K: Kind, const R: usize>(&self) {
        let count = K::Lanes::COUNT;
        let mut sums = [[K::zero(); 2]; R];
        let (mut a, mut b) = (self.a, self.b);
        // SAFETY: `a` and `b` hold `depth` words for each row and column.
        unsafe {
            if self.next.is_null() {
                for _ in 0..self.depth / K::WORDS {
                    self.step::<K, R>(&mut sums, &mut a, &mut b);
                }
            } else {
                let mut next = self.next;
                for _ in 0..self.depth / K::WORDS {
                    prefetch(next, K::WORDS * 2 * count);
                    next = next.wrapping_add(K::WORDS * 2 * count);
                    self.step::<K, R>(&mut sums, &mut a, &mut b);
                }
            }
        }
        // Copied out: indexed by loops that need not be unrolled, the sums themselves would have
        // to lie in memory, and be stored there at every step.
        let left: [K::Sum; R] = std::array::from_fn(|r| sums[r][0]);
        let right: [K::Sum; R] = std::array::from_fn(|r| sums[r][1]);
        let (all, stride) = (self.columns, self.c_stride);
        // SAFETY: C, a bias and a scale have as many columns as the tile.
        unsafe {
            if all >= count {
                finish::<K, R>(&left, self.finish, self.c, stride, None);
            } else {
                finish::<K, R>(&left, self.finish, self.c, stride, Some(all));
            }
            if all > count {
                let (terms, c) = (self.finish.at(0, count), self.c.add(count));
                if all == 2 * count {
                    finish::<K, R>(&right, terms, c, stride, None);
                } else {
                    finish::<K, R>(&right, terms, c, stride, Some(all - count));
                }
            }
        }
    }
}

impl Tile {
    /// `K::WORDS` words of the inner dimension.
    ///
    /// # Safety
    /// There must be as many more at `a` and `b`.
    #[inline(always)]
    unsafe fn step<K: Kind, const R: usize>(
        &self,
        sums: &mut [[K::Sum; 2]; R],
        a: &mut *const f32,
        b: &mut *const f32,
    ) {
        let count = K::Lanes::COUNT;
        // SAFETY: the caller's promise.
        unsafe {
            let (left, right) = (K::right(*b), K::right(b.add(count)));
            for (r, sums) in sums.iter_mut().enumerate() {
                let x = K::left(a.add(r * self.a_row));
                sums[0] = K::step(sums[0], x, left);
                sums[1] = K::step(sums[1], x, right);
            }
        }
        *a = a.wrapping_add(K::WORDS * self.a_step);
        *b = b.wrapping_add(K::WORDS * 2 * count);
    }
}

/// Stores one vector of columns of a tile: whole, or the first `part` of it.
///
/// # Safety
/// See [`run`].
#[inline(always)]
unsafe fn finish<K: Kind, const R: usize>(
    sums: &[K::Sum; R],
    finish: Finish,
    c: *mut f32,
    c_stride: usize,
    part: Option<usize>,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let load = |from: *const f32| match part {
            None => K::Lanes::load(from),
            Some(part) => K::Lanes::load_first(from, part),
        };
        let store = |row: usize, value: K::Lanes| {
            let to = c.add(row * c_stride);
            match part {
                None => value.store(to),
                Some(part) => value.store_first(to, part),
            }
        };
        match finish {
            Finish::Store => {
                for (row, &sum) in sums.iter().enumerate() {
                    store(row, K::total(sum));
                }
            }
            Finish::Accumulate => {
                for (row, &sum) in sums.iter().enumerate() {
                    store(row, load(c.add(row * c_stride)).add(K::total(sum)));
                }
            }
            Finish::Bias(bias) => {
                let bias = load(bias);
                for (row, &sum) in sums.iter().enumerate() {
                    store(row, bias.add(K::total(sum)));
                }
            }
            Finish::Scale(terms) => {
                let (scale, column_sums) = (load(terms.steps), load(terms.sums));
                let bias = load(terms.bias);
                for (row, &sum) in sums.iter().enumerate() {
                    let Range { low, step } = *terms.ranges.add(row);
                    let offset = column_sums.fma(K::Lanes::splat(low), bias);
                    let product = K::total(sum).mul(K::Lanes::splat(step));
                    store(row, product.fma(scale, offset));
                }
            }
        }
    }
}
