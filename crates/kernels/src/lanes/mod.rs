//! Vectors of f32 under one set of operations, so that a kernel is written once.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::F32x8;
#[cfg(target_arch = "x86_64")]
pub(crate) use avx512::F32x16;
pub(crate) use portable::F32x4;

/// A vector of [`Lanes::COUNT`] f32 numbers.
///
/// # Safety
/// The operations are declared safe, yet may run only on a CPU that has the implementor's
/// instructions. `vectorised!` and the tiles of `tile` are the only ways in, and both are
/// reached through a [`Level`](crate::Level) that the CPU has.
pub(crate) unsafe trait Lanes: Copy + 'static {
    /// Numbers in a vector.
    const COUNT: usize;
    /// Rows of a matrix product's tile: as many as leave room in the registers for two columns
    /// of vectors, the operands included.
    const ROWS: usize;

    fn splat(value: f32) -> Self;

    /// # Safety
    /// `from` must be valid for reading `COUNT` numbers.
    unsafe fn load(from: *const f32) -> Self;

    /// The first `count` numbers, at most `COUNT`; zero in the other lanes.
    ///
    /// # Safety
    /// `from` must be valid for reading `count` numbers.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;

    /// # Safety
    /// `to` must be valid for writing `COUNT` numbers.
    unsafe fn store(self, to: *mut f32);

    /// Stores the first `count` lanes, at most `COUNT`.
    ///
    /// # Safety
    /// `to` must be valid for writing `count` numbers.
    unsafe fn store_first(self, to: *mut f32, count: usize);

    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    /// `self · factor + addend`, rounded once where the CPU can.
    fn fma(self, factor: Self, addend: Self) -> Self;
    /// The larger; `other` where either is not a number.
    fn max(self, other: Self) -> Self;
    /// The smaller; `other` where either is not a number.
    fn min(self, other: Self) -> Self;
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    fn with_sign_of(self, sign: Self) -> Self;
    /// The nearest whole number, for magnitudes up to 2²².
    fn round(self) -> Self;
    /// 2 to the power of a whole number from -126 to 127.
    fn exp2_of_whole(self) -> Self;
    /// Rounded to bf16.
    fn bf16(self) -> Self;
    /// Words of two bf16: `low` and `high`, rounded.
    fn pairs(low: Self, high: Self) -> Self;
    /// `then` in the lanes where `self < limit`, else `otherwise`.
    fn where_less(self, limit: Self, then: Self, otherwise: Self) -> Self;
    /// The sum of all lanes, always in the same order.
    fn sum(self) -> f32;
    /// The largest lane.
    fn largest(self) -> f32;
    /// The smallest lane.
    fn least(self) -> f32;

    /// Stores the lanes as `COUNT` bytes: rounded to the nearest whole number, to 0..=255.
    ///
    /// # Safety
    /// `to` must be valid for writing `COUNT` bytes.
    unsafe fn store_bytes(self, to: *mut u8);

    /// As [`Lanes::store_bytes`], of four vectors, one behind the other.
    ///
    /// # Safety
    /// `to` must be valid for writing four times `COUNT` bytes.
    #[inline(always)]
    unsafe fn store_all_bytes(four: [Self; 4], to: *mut u8) {
        for (which, vector) in four.into_iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { vector.store_bytes(to.add(which * Self::COUNT)) }
        }
    }

    /// Copies a block of `COUNT` rows and columns to where it is transposed.
    ///
    /// # Safety
    /// `from` must be valid for reading `COUNT` numbers at each of `COUNT` steps of `stride`,
    /// `to` for writing as many at steps of `to_stride`.
    unsafe fn transpose(from: *const f32, stride: usize, to: *mut f32, to_stride: usize);

    fn zero() -> Self {
        Self::splat(0.0)
    }

    /// `self` brought into `low..=high`; what is not a number stays so.
    #[inline(always)]
    fn clamp(self, low: f32, high: f32) -> Self {
        Self::splat(high).min(Self::splat(low).max(self))
    }

    /// Loads `at..` of a slice: a whole vector, or what is left with zeros behind it.
    #[inline(always)]
    fn of(slice: &[f32], at: usize) -> Self {
        let rest = &slice[at..];
        if rest.len() >= Self::COUNT {
            // SAFETY: `rest` holds a whole vector.
            unsafe { Self::load(rest.as_ptr()) }
        } else {
            // SAFETY: `rest` holds as many numbers as are read.
            unsafe { Self::load_first(rest.as_ptr(), rest.len()) }
        }
    }

    /// Stores into `at..` of a slice as much as fits.
    #[inline(always)]
    fn put(self, slice: &mut [f32], at: usize) {
        let rest = &mut slice[at..];
        if rest.len() >= Self::COUNT {
            // SAFETY: `rest` has room for a whole vector.
            unsafe { self.store(rest.as_mut_ptr()) }
        } else {
            // SAFETY: `rest` has room for as many numbers as are written.
            unsafe { self.store_first(rest.as_mut_ptr(), rest.len()) }
        }
    }
}
