//! What a word holds, and how two of them multiply.

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports)] // the instruction set
use std::arch::x86_64::*;
use std::marker::PhantomData;

use crate::lanes::{F32x4, Lanes};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{F32x8, F32x16};

/// A way to multiply words, at one level.
pub(super) trait Kind {
    /// What sums become in the end.
    type Lanes: Lanes;
    /// A vector of running sums.
    type Sum: Copy;
    /// A word of A in every lane.
    type Left: Copy;
    /// A vector of words of B.
    type Right: Copy;
    /// Rows of a tile: as many as the registers hold.
    const ROWS: usize;

    fn zero() -> Self::Sum;

    /// # Safety
    /// `word` must be readable.
    unsafe fn left(word: *const f32) -> Self::Left;

    /// # Safety
    /// A vector of words must be readable.
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
pub(super) struct Bytes16;

#[cfg(target_arch = "x86_64")]
impl Kind for Bytes16 {
    type Lanes = F32x16;
    type Sum = __m512i;
    type Left = __m512i;
    type Right = __m512i;
    const ROWS: usize = 12;

    #[inline(always)]
    fn zero() -> __m512i {
        instruction!(_mm512_setzero_si512())
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
    fn step(sum: __m512i, left: __m512i, right: __m512i) -> __m512i {
        instruction!(_mm512_dpbusd_epi32(sum, left, right))
    }

    #[inline(always)]
    fn total(sum: __m512i) -> F32x16 {
        F32x16(instruction!(_mm512_cvtepi32_ps(sum)))
    }
}

/// As [`Bytes16`] with AVX2: even and odd bytes apart, widened to 16 bits, so that unlike with
/// `maddubs` nothing can saturate.
#[cfg(target_arch = "x86_64")]
pub(super) struct Bytes8;

#[cfg(target_arch = "x86_64")]
impl Kind for Bytes8 {
    type Lanes = F32x8;
    type Sum = __m256i;
    type Left = [__m256i; 2];
    type Right = [__m256i; 2];
    const ROWS: usize = 4;

    #[inline(always)]
    fn zero() -> __m256i {
        instruction!(_mm256_setzero_si256())
    }

    #[inline(always)]
    unsafe fn left(word: *const f32) -> [__m256i; 2] {
        instruction!({
            let bytes = _mm256_set1_epi32(word.cast::<i32>().read());
            [_mm256_and_si256(bytes, _mm256_set1_epi16(0xff)), _mm256_srli_epi16::<8>(bytes)]
        })
    }

    #[inline(always)]
    unsafe fn right(words: *const f32) -> [__m256i; 2] {
        instruction!({
            let bytes = _mm256_loadu_si256(words.cast());
            [_mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(bytes)), _mm256_srai_epi16::<8>(bytes)]
        })
    }

    #[inline(always)]
    fn step(sum: __m256i, left: [__m256i; 2], right: [__m256i; 2]) -> __m256i {
        instruction!({
            let even = _mm256_madd_epi16(left[0], right[0]);
            let odd = _mm256_madd_epi16(left[1], right[1]);
            _mm256_add_epi32(sum, _mm256_add_epi32(even, odd))
        })
    }

    #[inline(always)]
    fn total(sum: __m256i) -> F32x8 {
        F32x8(instruction!(_mm256_cvtepi32_ps(sum)))
    }
}

/// As [`Bytes16`] in plain Rust.
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
