//! Four lanes in plain Rust: the fallback of every CPU, and NEON by the compiler's hand on ARM.

use super::Lanes;
use crate::words::{pair, rounded};

#[derive(Clone, Copy)]
pub(crate) struct F32x4([f32; 4]);

impl F32x4 {
    #[inline(always)]
    pub(crate) fn from_array(lanes: [f32; 4]) -> Self {
        Self(lanes)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

// SAFETY: plain Rust runs everywhere.
unsafe impl Lanes for F32x4 {
    const COUNT: usize = 4;
    const ROWS: usize = 4;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        let mut lanes = [0.0; 4];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller's promise, and `i < count`.
            *lane = unsafe { from.add(i).read() };
        }
        Self(lanes)
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        for (i, &lane) in self.0.iter().enumerate().take(count) {
            // SAFETY: the caller's promise, and `i < count`.
            unsafe { to.add(i).write(lane) }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        // Without the instruction `mul_add` is a slow library call.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            Self(std::array::from_fn(|i| self.0[i].mul_add(factor.0[i], addend.0[i])))
        } else {
            self.mul(factor).add(addend)
        }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.map(f32::abs))
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        self.zip(sign, f32::copysign)
    }

    #[inline(always)]
    fn round(self) -> Self {
        // At 1.5 · 2²³ a float's last digit is worth one, so the addition rounds.
        const SHIFT: f32 = 12_582_912.0;
        Self(self.0.map(|x| (x + SHIFT) - SHIFT))
    }

    #[inline(always)]
    fn exp2_of_whole(self) -> Self {
        Self(self.0.map(|n| f32::from_bits(((n as i32 + 127) << 23) as u32)))
    }

    #[inline(always)]
    fn bf16(self) -> Self {
        Self(self.0.map(rounded))
    }

    #[inline(always)]
    fn pairs(low: Self, high: Self) -> Self {
        low.zip(high, pair)
    }

    #[inline(always)]
    fn where_less(self, limit: Self, then: Self, otherwise: Self) -> Self {
        Self(std::array::from_fn(
            |i| {
                if self.0[i] < limit.0[i] { then.0[i] } else { otherwise.0[i] }
            },
        ))
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        (self.0[0] + self.0[2]) + (self.0[1] + self.0[3])
    }

    #[inline(always)]
    fn largest(self) -> f32 {
        self.0.into_iter().fold(f32::NEG_INFINITY, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn least(self) -> f32 {
        self.0.into_iter().fold(f32::INFINITY, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8) {
        // `as` saturates.
        let bytes = self.round().0.map(|x| x as u8);
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[u8; 4]>().write(bytes) }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize) {
        for row in 0..4 {
            for column in 0..4 {
                // SAFETY: the caller's promise.
                unsafe { to.add(column * to_stride + row).write(*from.add(row * stride + column)) }
            }
        }
    }
}
