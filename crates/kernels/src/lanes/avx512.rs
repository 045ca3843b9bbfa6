//! Sixteen lanes: AVX-512.

#[allow(clippy::wildcard_imports)] // the instruction set
use std::arch::x86_64::*;

use super::Lanes;

#[derive(Clone, Copy)]
pub(crate) struct F32x16(pub(crate) __m512);

macro_rules! instruction {
    ($call:expr) => {
        // SAFETY: values of this type are made only where AVX-512 is (see `Lanes`);
        // an operation that touches memory passes on its caller's promise.
        unsafe { $call }
    };
}

#[inline(always)]
pub(crate) fn first(count: usize) -> __mmask16 {
    (((1u32 << count.min(16)) - 1) & 0xffff) as __mmask16
}

/// The bits of bf16 in the upper half of each lane; see [`rounded`](crate::words::rounded).
#[inline(always)]
fn rounded_upper_half(x: __m512) -> __m512i {
    instruction!({
        let bits = _mm512_castps_si512(x);
        let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
        let half = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
        let not_a_number = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x);
        let rounded = _mm512_add_epi32(bits, half);
        _mm512_mask_or_epi32(rounded, not_a_number, bits, _mm512_set1_epi32(0x0040_0000))
    })
}

// SAFETY: only reached through a `Level` that has AVX-512 F, BW, DQ and VL.
unsafe impl Lanes for F32x16 {
    const COUNT: usize = 16;
    const ROWS: usize = 12;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(instruction!(_mm512_set1_ps(value)))
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(instruction!(_mm512_loadu_ps(from)))
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        Self(instruction!(_mm512_maskz_loadu_ps(first(count), from)))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        instruction!(_mm512_storeu_ps(to, self.0));
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        instruction!(_mm512_mask_storeu_ps(to, first(count), self.0));
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(instruction!(_mm512_add_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(instruction!(_mm512_sub_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(instruction!(_mm512_mul_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(instruction!(_mm512_div_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        Self(instruction!(_mm512_fmadd_ps(self.0, factor.0, addend.0)))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(instruction!(_mm512_max_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(instruction!(_mm512_min_ps(self.0, other.0)))
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(instruction!(_mm512_abs_ps(self.0)))
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        Self(instruction!({
            let bit = _mm512_set1_ps(-0.0);
            _mm512_or_ps(_mm512_andnot_ps(bit, self.0), _mm512_and_ps(bit, sign.0))
        }))
    }

    #[inline(always)]
    fn round(self) -> Self {
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        Self(instruction!(_mm512_roundscale_ps::<NEAREST>(self.0)))
    }

    #[inline(always)]
    fn exp2_of_whole(self) -> Self {
        Self(instruction!({
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        }))
    }

    #[inline(always)]
    fn bf16(self) -> Self {
        Self(instruction!({
            let upper = _mm512_set1_epi32(0xffff_0000_u32 as i32);
            _mm512_castsi512_ps(_mm512_and_si512(rounded_upper_half(self.0), upper))
        }))
    }

    #[inline(always)]
    fn pairs(low: Self, high: Self) -> Self {
        const HIGH: __mmask32 = 0xaaaa_aaaa;
        Self(instruction!({
            let low = _mm512_srli_epi32::<16>(rounded_upper_half(low.0));
            _mm512_castsi512_ps(_mm512_mask_blend_epi16(HIGH, low, rounded_upper_half(high.0)))
        }))
    }

    #[inline(always)]
    fn where_less(self, limit: Self, then: Self, otherwise: Self) -> Self {
        Self(instruction!({
            let less = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, limit.0);
            _mm512_mask_blend_ps(less, otherwise.0, then.0)
        }))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        instruction!(_mm512_reduce_add_ps(self.0))
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        instruction!(_mm512_reduce_max_ps(self.0))
    }

    #[inline(always)]
    fn least(self) -> f32 {
        instruction!(_mm512_reduce_min_ps(self.0))
    }

    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        instruction!({
            // The conversion to bytes takes its words as unsigned: negative ones first to zero.
            let whole = _mm512_max_epi32(_mm512_cvtps_epi32(self.0), _mm512_setzero_si512());
            _mm_storeu_si128(to.cast(), _mm512_cvtusepi32_epi8(whole));
        });
    }

    #[inline(always)]
    unsafe fn store_all_bytes([a, b, c, d]: [Self; 4], to: *mut u8) {
        instruction!({
            let whole = |x: Self| _mm512_cvtps_epi32(x.0);
            let low = _mm512_packs_epi32(whole(a), whole(b));
            let bytes = _mm512_packus_epi16(low, _mm512_packs_epi32(whole(c), whole(d)));
            // Packing works within quarters: a quarter holds four bytes of each vector.
            let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            _mm512_storeu_si512(to.cast(), _mm512_permutexvar_epi32(order, bytes));
        });
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
        instruction!({
            let row = |r: usize| _mm512_loadu_ps(from.add(r * stride));
            // fours[4 i + c] holds, in its quarter q, column 4 q + c of rows 4 i to 4 i + 3.
            let mut fours = [_mm512_setzero_ps(); 16];
            for i in 0..4 {
                let pair = |a, b| (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
                let (low, high) = pair(row(4 * i), row(4 * i + 1));
                let (next_low, next_high) = pair(row(4 * i + 2), row(4 * i + 3));
                fours[4 * i] = _mm512_shuffle_ps::<0x44>(low, next_low);
                fours[4 * i + 1] = _mm512_shuffle_ps::<0xee>(low, next_low);
                fours[4 * i + 2] = _mm512_shuffle_ps::<0x44>(high, next_high);
                fours[4 * i + 3] = _mm512_shuffle_ps::<0xee>(high, next_high);
            }
            for c in 0..4 {
                let (a, b, d, e) = (fours[c], fours[4 + c], fours[8 + c], fours[12 + c]);
                let even = _mm512_shuffle_f32x4::<0x88>(a, b);
                let odd = _mm512_shuffle_f32x4::<0xdd>(a, b);
                let next_even = _mm512_shuffle_f32x4::<0x88>(d, e);
                let next_odd = _mm512_shuffle_f32x4::<0xdd>(d, e);
                let columns = [
                    _mm512_shuffle_f32x4::<0x88>(even, next_even),
                    _mm512_shuffle_f32x4::<0x88>(odd, next_odd),
                    _mm512_shuffle_f32x4::<0xdd>(even, next_even),
                    _mm512_shuffle_f32x4::<0xdd>(odd, next_odd),
                ];
                for (quarter, column) in columns.into_iter().enumerate() {
                    _mm512_storeu_ps(to.add((4 * quarter + c) * to_stride), column);
                }
            }
        });
    }
}
