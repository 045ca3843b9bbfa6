//! Words of two bf16, made by the instruction of a CPU that multiplies them.
//!
//! Both operands of a product pair the same numbers of its inner dimension. Numbers that follow
//! each other in a row become words at once; numbers below each other are woven together.

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports)] // the instruction set
use std::arch::x86_64::*;

use crate::Level;

/// Numbers that become words by one instruction: the width of a row is a multiple of it.
pub(super) const TOGETHER: usize = 2 * WORDS;

/// Words in a vector.
const WORDS: usize = 16;

/// Rows of `size` numbers, `stride` apart, to `to` `[rows, size / 2]`: each word holds two numbers
/// that follow each other.
///
/// # Panics
/// If the level has no bf16, `from` ends too early, or `size` is 0 or no multiple of [`TOGETHER`].
pub(super) fn pair_columns(level: Level, from: &[f32], stride: usize, size: usize, to: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    fn run(from: &[f32], stride: usize, size: usize, to: &mut [f32]) {
        for (row, to) in to.chunks_exact_mut(size / 2).enumerate() {
            let from = from[row * stride..][..size].chunks_exact(TOGETHER);
            for (from, to) in from.zip(to.chunks_exact_mut(WORDS)) {
                // SAFETY: a block holds 32 numbers, its words are 16; both types of vectors are 64
                // bytes of plain data.
                unsafe {
                    let (low, high) = (from.as_ptr(), from.as_ptr().add(16));
                    let words = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(high), _mm512_loadu_ps(low));
                    let words = std::mem::transmute::<__m512bh, __m512>(words);
                    _mm512_storeu_ps(to.as_mut_ptr(), words);
                }
            }
        }
    }
    assert!(level.has_bf16() && size > 0 && size.is_multiple_of(TOGETHER), "pairs: columns");
    // SAFETY: the level has the instructions.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        run(from, stride, size, to);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, stride, to);
}

/// Rows of `width` numbers, in place, to half as many rows of words: each holds a number and the
/// one below it, the last row zeros below if their number is odd. What follows is of no meaning.
///
/// # Panics
/// If the level has no bf16, or `width` is 0 or no multiple of 16.
pub(super) fn pair_rows(level: Level, values: &mut [f32], width: usize) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    fn run(values: &mut [f32], width: usize) {
        let rows = values.len() / width;
        // SAFETY: 32 numbers of 16 bits.
        let order = unsafe { _mm512_loadu_si512(WOVEN.as_ptr().cast()) };
        for pair in 0..rows.div_ceil(2) {
            for column in (0..width).step_by(WORDS) {
                let upper = values[2 * pair * width + column..][..WORDS].as_ptr();
                // SAFETY: each points to 16 numbers, all of which are read before any is written,
                // and no row of words lies behind the rows that it is made of; all types of vectors
                // are 64 bytes of plain data.
                unsafe {
                    let lower = if 2 * pair + 1 < rows {
                        let lower = &values[(2 * pair + 1) * width + column..][..WORDS];
                        _mm512_loadu_ps(lower.as_ptr())
                    } else {
                        _mm512_setzero_ps()
                    };
                    let both = _mm512_cvtne2ps_pbh(lower, _mm512_loadu_ps(upper));
                    let both = std::mem::transmute::<__m512bh, __m512i>(both);
                    let to = &mut values[pair * width + column..][..WORDS];
                    let words = _mm512_permutexvar_epi16(order, both);
                    _mm512_storeu_si512(to.as_mut_ptr().cast(), words);
                }
            }
        }
    }
    assert!(level.has_bf16() && width > 0 && width.is_multiple_of(WORDS), "pairs: rows");
    // SAFETY: the level has the instructions.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        run(values, width);
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// The sources of the numbers of 16 words: by turns from the first and the second half.
#[cfg(target_arch = "x86_64")]
const WOVEN: [u16; 32] = {
    let mut from = [0; 32];
    let mut word = 0;
    while word < 16 {
        from[2 * word] = word as u16;
        from[2 * word + 1] = word as u16 + 16;
        word += 1;
    }
    from
};
