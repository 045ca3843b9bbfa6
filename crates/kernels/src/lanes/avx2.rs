//! Eight lanes: AVX2 with FMA.

#[allow(clippy::wildcard_imports)] // the instruction set
use std::arch::x86_64::*;

use super::Lanes;

#[derive(Clone, Copy)]
pub(crate) struct F32x8(pub(crate) __m256);

macro_rules! instruction {
    ($call:expr) => {
        // SAFETY: values of this type are made only where AVX2 and FMA are (see `Lanes`);
        // an operation that touches memory passes on its caller's promise.
        unsafe { $call }
    };
}

/// A window into this, shifted by the count, masks the first lanes.
static MASKS: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
fn first(count: usize) -> __m256i {
    let window = &MASKS[8 - count.min(8)..];
    instruction!(_mm256_loadu_si256(window.as_ptr().cast()))
}

/// The bits of bf16 in the upper half of each lane; see [`rounded`](crate::words::rounded).
#[inline(always)]
fn rounded_upper_half(x: __m256) -> __m256i {
    instruction!({
        let bits = _mm256_castps_si256(x);
        let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
        let half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
        let rounded = _mm256_castsi256_ps(_mm256_add_epi32(bits, half));
        let quiet = _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x0040_0000)));
        _mm256_castps_si256(_mm256_blendv_ps(rounded, quiet, _mm256_cmp_ps::<_CMP_UNORD_Q>(x, x)))
    })
}

// SAFETY: only reached through a `Level` that has AVX2 and FMA.
unsafe impl Lanes for F32x8 {
    const COUNT: usize = 8;
    const ROWS: usize = 6;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(instruction!(_mm256_set1_ps(value)))
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(instruction!(_mm256_loadu_ps(from)))
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        Self(instruction!(_mm256_maskload_ps(from, first(count))))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        instruction!(_mm256_storeu_ps(to, self.0));
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        instruction!(_mm256_maskstore_ps(to, first(count), self.0));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(instruction!(_mm256_add_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(instruction!(_mm256_sub_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(instruction!(_mm256_mul_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(instruction!(_mm256_div_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        Self(instruction!(_mm256_fmadd_ps(self.0, factor.0, addend.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(instruction!(_mm256_max_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(instruction!(_mm256_min_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(instruction!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)))
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        Self(instruction!({
            let bit = _mm256_set1_ps(-0.0);
            _mm256_or_ps(_mm256_andnot_ps(bit, self.0), _mm256_and_ps(bit, sign.0))
        }))
    }

    #[inline(always)]
    fn round(self) -> Self {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        Self(instruction!(_mm256_round_ps::<NEAREST>(self.0)))
    }

    #[inline(always)]
    fn exp2_of_whole(self) -> Self {
        Self(instruction!({
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        }))
    }

    #[inline(always)]
    fn bf16(self) -> Self {
        Self(instruction!({
            let upper = _mm256_set1_epi32(0xffff_0000_u32 as i32);
            _mm256_castsi256_ps(_mm256_and_si256(rounded_upper_half(self.0), upper))
        }))
    }

    #[inline(always)]
    fn pairs(low: Self, high: Self) -> Self {
        Self(instruction!({
            let low = _mm256_srli_epi32::<16>(rounded_upper_half(low.0));
            _mm256_castsi256_ps(_mm256_blend_epi16::<0xaa>(low, rounded_upper_half(high.0)))
        }))
    }

    #[inline(always)]
    fn where_less(self, limit: Self, then: Self, otherwise: Self) -> Self {
        Self(instruction!({
            let less = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, limit.0);
            _mm256_blendv_ps(otherwise.0, then.0, less)
        }))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        instruction!({
            let four =
                _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
        })
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        instruction!({
            let four =
                _mm_max_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
        })
    }

    #[inline(always)]
    fn least(self) -> f32 {
        instruction!({
            let four =
                _mm_min_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_min_ss(two, _mm_shuffle_ps::<1>(two, two)))
        })
    }

    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        instruction!({
            let whole = _mm256_cvtps_epi32(self.0);
            let (low, high) = (_mm256_castsi256_si128(whole), _mm256_extracti128_si256::<1>(whole));
            let words = _mm_packs_epi32(low, high);
            _mm_storel_epi64(to.cast(), _mm_packus_epi16(words, words));
        });
    }

    #[inline(always)]
    unsafe fn store_all_bytes([a, b, c, d]: [Self; 4], to: *mut u8) {
        instruction!({
            let whole = |x: Self| _mm256_cvtps_epi32(x.0);
            let low = _mm256_packs_epi32(whole(a), whole(b));
            let bytes = _mm256_packus_epi16(low, _mm256_packs_epi32(whole(c), whole(d)));
            // Packing works within halves: a half holds four bytes of each vector.
            let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
            _mm256_storeu_si256(to.cast(), _mm256_permutevar8x32_epi32(bytes, order));
        });
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
        instruction!({
            let row = |r: usize| _mm256_loadu_ps(from.add(r * stride));
            // Each step doubles the runs that lie as they should: within pairs of rows, within
            // fours, and between the halves.
            let mut fours = [_mm256_setzero_ps(); 8];
            for half in 0..2 {
                let first = 4 * half;
                let low = _mm256_unpacklo_ps(row(first), row(first + 1));
                let high = _mm256_unpackhi_ps(row(first), row(first + 1));
                let next_low = _mm256_unpacklo_ps(row(first + 2), row(first + 3));
                let next_high = _mm256_unpackhi_ps(row(first + 2), row(first + 3));
                fours[first] = _mm256_shuffle_ps::<0x44>(low, next_low);
                fours[first + 1] = _mm256_shuffle_ps::<0xee>(low, next_low);
                fours[first + 2] = _mm256_shuffle_ps::<0x44>(high, next_high);
                fours[first + 3] = _mm256_shuffle_ps::<0xee>(high, next_high);
            }
            for column in 0..4 {
                let (upper, lower) = (fours[column], fours[4 + column]);
                let left = _mm256_permute2f128_ps::<0x20>(upper, lower);
                let right = _mm256_permute2f128_ps::<0x31>(upper, lower);
                _mm256_storeu_ps(to.add(column * to_stride), left);
                _mm256_storeu_ps(to.add((4 + column) * to_stride), right);
            }
        });
    }
}
