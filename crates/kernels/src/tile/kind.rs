//! The content of words, and the multiplication of two of them.

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports)] // the instruction set
use std::arch::x86_64::*;
use std::marker::PhantomData;

use crate::lanes::{F32x4, Lanes};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16};
#[cfg(target_arch = "x86_64")]
use crate::words::TOGETHER;

/// A way to multiply words, at one level.
pub(super) trait Kind {
    /// The vector type of the finished sums.
    type Lanes: Lanes;
    /// A vector of running sums.
    type Sum: Copy;
    /// A step's words of A, each in every lane.
    type Left: Copy;
    /// A vector of each of a step's words of B.
    type Right: Copy;
    /// Rows of a tile: as many as the registers hold.
    const ROWS: usize;
    /// Words of the inner dimension that a step takes.
    const WORDS: usize = 1;

    fn zero() -> Self::Sum;

    /// # Safety
    /// `WORDS` words must be readable, one after the other.
    unsafe fn left(words: *const f32) -> Self::Left;

    /// The vectors of a step's words are two vectors apart: a panel's width.
    ///
    /// # Safety
    /// `WORDS` vectors must be readable.
    unsafe fn right(words: *const f32) -> Self::Right;

    fn step(sum: Self::Sum, left: Self::Left, right: Self::Right) -> Self::Sum;

    fn total(sum: Self::Sum) -> Self::Lanes;
}

macro_rules! instruction {
    ($call:expr) => {
        // SAFETY: a kind is used only by a function compiled for its instructions, and that only
        // at a level that has them; an operation on memory passes on its caller's promise.
        unsafe { $call }
    };
}

/// One f32 a word.
pub(super) struct F32<V>(PhantomData<V>);

impl<V: Lanes> Kind for F32<V> {
    type Lanes = V;
    type Sum = V;
    type Left = V;
    type Right = V;
    const ROWS: usize = V::ROWS;

    #[inline(always)]
    fn zero() -> V {
        V::zero()
    }

    #[inline(always)]
    unsafe fn left(word: *const f32) -> V {
        V::splat(instruction!(word.read()))
    }

    #[inline(always)]
    unsafe fn right(words: *const f32) -> V {
        instruction!(V::load(words))
    }

    #[inline(always)]
    fn step(sum: V, left: V, right: V) -> V {
        left.fma(right, sum)
    }

    #[inline(always)]
    fn total(sum: V) -> V {
        sum
    }
}

/// Two bf16 a word, multiplied and added by one instruction.
#[cfg(target_arch = "x86_64")]
pub(super) struct Bf16;

#[cfg(target_arch = "x86_64")]
impl Kind for Bf16 {
    type Lanes = F32x16;
    type Sum = __m512;
    type Left = __m512i;
    type Right = __m512i;
    const ROWS: usize = 12;

    #[inline(always)]
    fn zero() -> __m512 {
        instruction!(_mm512_setzero_ps())
    }

    #[inline(always)]
    unsafe fn left(word: *const f32) -> __m512i {
        instruction!(_mm512_set1_epi32(word.cast::<i32>().read()))
    }

    #[inline(always)]
    unsafe fn right(words: *const f32) -> __m512i {
        instruction!(_mm512_loadu_si512(words.cast()))
    }

    #[inline(always)]
    fn step(sum: __m512, left: __m512i, right: __m512i) -> __m512 {
        // Both types are 64 bytes of plain data.
        instruction!(_mm512_dpbf16_ps(
            sum,
            std::mem::transmute::<__m512i, __m512bh>(left),
            std::mem::transmute::<__m512i, __m512bh>(right)
        ))
    }

    #[inline(always)]
    fn total(sum: __m512) -> F32x16 {
        F32x16(sum)
    }
}

/// Four bytes a word, unsigned in A and signed in B, multiplied and added by one instruction.
#[cfg(target_arch = "x86_64")]
pub(super) struct Dot<V, const IS_VEX: bool>(PhantomData<V>);

/// The same where the CPU has no such instruction: `maddubs` multiplies bytes and adds neighbours
/// in 16 bits, and saturates. Two words' sums are added in 16 bits as well, then widened, so that
/// of five instructions two multiply bytes.
///
/// Nothing saturates or wraps: such a sum is of four products, of bytes from 0 to 227 and of weights
/// of which the positive ones add up to at most 144, and the negative ones to at least -144
/// ([`Reach::SHORT`](crate::weights::Reach::SHORT)); so it lies from -227 · 144 = -32,688 to 32,688, and
/// so does any part of it.
#[cfg(target_arch = "x86_64")]
pub(super) struct Pairs<V>(PhantomData<V>);

#[cfg(target_arch = "x86_64")]
macro_rules! bytes {
    (
        $lanes:ident: $vector:ident, $zero:ident, $splat:ident, $load:ident, $to_numbers:ident;
        $($is_vex:literal: $dot:ident),+; $dot_rows:literal rows;
        $ones:ident, $maddubs:ident, $madd:ident, $add_short:ident, $add:ident; $rows:literal rows
    ) => {
        $(impl Kind for Dot<$lanes, $is_vex> {
            type Lanes = $lanes;
            type Sum = $vector;
            type Left = $vector;
            type Right = $vector;
            const ROWS: usize = $dot_rows;

            #[inline(always)]
            fn zero() -> $vector {
                instruction!($zero())
            }

            #[inline(always)]
            unsafe fn left(word: *const f32) -> $vector {
                instruction!($splat(word.cast::<i32>().read()))
            }

            #[inline(always)]
            unsafe fn right(words: *const f32) -> $vector {
                instruction!($load(words.cast()))
            }

            #[inline(always)]
            fn step(sum: $vector, left: $vector, right: $vector) -> $vector {
                instruction!($dot(sum, left, right))
            }

            #[inline(always)]
            fn total(sum: $vector) -> $lanes {
                $lanes(instruction!($to_numbers(sum)))
            }
        })+

        impl Kind for Pairs<$lanes> {
            type Lanes = $lanes;
            type Sum = $vector;
            type Left = [$vector; TOGETHER];
            type Right = [$vector; TOGETHER];
            const ROWS: usize = $rows;
            const WORDS: usize = TOGETHER;

            #[inline(always)]
            fn zero() -> $vector {
                instruction!($zero())
            }

            #[inline(always)]
            unsafe fn left(words: *const f32) -> [$vector; TOGETHER] {
                let words: *const i32 = words.cast();
                instruction!([$splat(words.read()), $splat(words.add(1).read())])
            }

            #[inline(always)]
            unsafe fn right(words: *const f32) -> [$vector; TOGETHER] {
                instruction!([$load(words.cast()), $load(words.add(2 * $lanes::COUNT).cast())])
            }

            #[inline(always)]
            fn step(
                sum: $vector,
                left: [$vector; TOGETHER],
                right: [$vector; TOGETHER],
            ) -> $vector {
                instruction!({
                    let first = $maddubs(left[0], right[0]);
                    let both = $add_short(first, $maddubs(left[1], right[1]));
                    $add(sum, $madd(both, $ones(1)))
                })
            }

            #[inline(always)]
            fn total(sum: $vector) -> $lanes {
                $lanes(instruction!($to_numbers(sum)))
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
bytes! {
    F32x8: __m256i, _mm256_setzero_si256, _mm256_set1_epi32, _mm256_loadu_si256, _mm256_cvtepi32_ps;
    true: _mm256_dpbusd_avx_epi32, false: _mm256_dpbusd_epi32; 6 rows;
    _mm256_set1_epi16, _mm256_maddubs_epi16, _mm256_madd_epi16, _mm256_add_epi16, _mm256_add_epi32;
    4 rows
}

#[cfg(target_arch = "x86_64")]
bytes! {
    F32x16: __m512i, _mm512_setzero_si512, _mm512_set1_epi32, _mm512_loadu_si512, _mm512_cvtepi32_ps;
    false: _mm512_dpbusd_epi32; 12 rows;
    _mm512_set1_epi16, _mm512_maddubs_epi16, _mm512_madd_epi16, _mm512_add_epi16, _mm512_add_epi32;
    10 rows
}

/// The same in plain Rust.
pub(super) struct Bytes4;

impl Kind for Bytes4 {
    type Lanes = F32x4;
    type Sum = [i32; 4];
    /// The four bytes.
    type Left = [i32; 4];
    /// The first bytes of four words, the second ones, and so on.
    type Right = [[i32; 4]; 4];
    const ROWS: usize = 4;

    #[inline(always)]
    fn zero() -> [i32; 4] {
        [0; 4]
    }

    #[inline(always)]
    unsafe fn left(word: *const f32) -> [i32; 4] {
        instruction!(word.cast::<[u8; 4]>().read()).map(i32::from)
    }

    #[inline(always)]
    unsafe fn right(words: *const f32) -> [[i32; 4]; 4] {
        let words = instruction!(words.cast::<[i32; 4]>().read_unaligned());
        // Shifts rather than bytes: the compiler then works on all four words at once.
        let shift = if cfg!(target_endian = "little") { [24, 16, 8, 0] } else { [0, 8, 16, 24] };
        shift.map(|left| words.map(|word| (word << left) >> 24))
    }

    #[inline(always)]
    fn step(mut sum: [i32; 4], left: [i32; 4], right: [[i32; 4]; 4]) -> [i32; 4] {
        for (left, right) in left.iter().zip(right) {
            for (sum, right) in sum.iter_mut().zip(right) {
                *sum += left * right;
            }
        }
        sum
    }

    #[inline(always)]
    fn total(sum: [i32; 4]) -> F32x4 {
        F32x4::from_array(sum.map(|sum| sum as f32))
    }
}
