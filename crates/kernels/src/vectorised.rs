//! One body, compiled for every level.

/// Declares `fn name(level, …)` whose body is written over `V: Lanes` and compiled once for each
/// level with that level's instructions switched on.
macro_rules! vectorised {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident<$V:ident>($($argument:ident: $type:ty),* $(,)?)
        $(-> $output:ty)? $body:block
    ) => {
        $(#[$meta])*
        $visibility fn $name(level: $crate::Level, $($argument: $type),*) $(-> $output)? {
            #[inline(always)]
            fn body<$V: $crate::lanes::Lanes>($($argument: $type),*) $(-> $output)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $output)? {
                body::<$crate::lanes::F32x16>($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $output)? {
                body::<$crate::lanes::F32x8>($($argument),*)
            }

            match level.tier() {
                // SAFETY: a `Level` of this tier exists only on a CPU that has these features.
                #[cfg(target_arch = "x86_64")]
                $crate::level::Tier::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::level::Tier::Avx2 => unsafe { avx2($($argument),*) },
                $crate::level::Tier::Scalar => body::<$crate::lanes::F32x4>($($argument),*),
            }
        }
    };
}
