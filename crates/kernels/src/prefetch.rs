//! Memory that is brought nearer before it is read.

/// Brings `count` words from `from` on into the second-level cache. They need not exist.
#[inline(always)]
pub(crate) fn prefetch(from: *const f32, count: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        for line in (0..count).step_by(16) {
            // SAFETY: a prefetch reads nothing, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T1>(from.wrapping_add(line).cast()) }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, count);
}
