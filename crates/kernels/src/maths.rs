//! Functions over vectors. The coefficients were fitted for this file by weighted least squares
//! with reweighting towards the largest error; each comment gives what that left.

use crate::lanes::Lanes;

/// eˣ; relative error about 1e-7. Saturates outside -87.3..=88.3 instead of reaching 0 or infinity.
#[inline(always)]
pub(crate) fn exp<V: Lanes>(x: V) -> V {
    // ln 2 in two parts, so that `whole · ln 2` loses nothing.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.3, 88.3);
    let whole = x.mul(V::splat(std::f32::consts::LOG2_E)).round();
    let rest = whole.fma(V::splat(-LN2_LOW), whole.fma(V::splat(-LN2_HIGH), x));
    // (eʳ - 1 - r) / r² on |r| ≤ ln 2 / 2; leaves 1.2e-8.
    let mut tail = V::splat(1.393_454_5e-3);
    tail = tail.fma(rest, V::splat(8.363_777e-3));
    tail = tail.fma(rest, V::splat(4.166_645_6e-2));
    tail = tail.fma(rest, V::splat(1.666_657_3e-1));
    tail = tail.fma(rest, V::splat(0.5));
    let power = tail.fma(rest.mul(rest), rest).add(V::splat(1.0));
    power.mul(whole.exp2_of_whole())
}

/// The normal distribution beyond `size` ≥ 0, ½ erfc(size / √2); `bell` is exp(-size² / 2).
///
/// The form is that of Abramowitz and Stegun 7.1.26, one term longer; leaves 2.3e-8.
#[inline(always)]
fn normal_tail<V: Lanes>(size: V, bell: V) -> V {
    let t = V::splat(1.0).div(size.fma(V::splat(0.28), V::splat(1.0)));
    let mut sum = V::splat(-0.106_328_46);
    sum = sum.fma(t, V::splat(0.392_066_6));
    sum = sum.fma(t, V::splat(-0.240_668_76));
    sum = sum.fma(t, V::splat(0.271_971_76));
    sum = sum.fma(t, V::splat(0.066_229_74));
    sum = sum.fma(t, V::splat(0.116_729_096));
    sum.mul(t).mul(bell)
}

#[inline(always)]
fn bell<V: Lanes>(x: V) -> V {
    exp(x.mul(x).mul(V::splat(-0.5)))
}

/// x · Φ(x), the exact GELU (Hendrycks and Gimpel 2016).
#[inline(always)]
pub(crate) fn gelu<V: Lanes>(x: V) -> V {
    let size = x.abs();
    let tail = normal_tail(size, bell(x));
    // For positive x: x (1 - tail); for negative: x · tail. Zero first, so that NaN passes.
    V::zero().max(x).sub(size.mul(tail))
}

/// [`gelu`] to 1e-4 (from 30 on to 4 parts in a million), a third of the work: Φ as ½ + x · P(x²) up to ±4.2, where P makes it reach 0
/// and 1. The fit leaves 7.5e-5; close to ±4.2 the terms nearly cancel, and rounding adds 2e-5.
/// For results that are about to be rounded to 8 or 16 bits.
#[inline(always)]
pub(crate) fn gelu_roughly<V: Lanes>(x: V) -> V {
    let inner = x.clamp(-4.2, 4.2);
    let square = inner.mul(inner);
    let mut sum = V::splat(-9.017_548e-10);
    sum = sum.fma(square, V::splat(7.941_35e-8));
    sum = sum.fma(square, V::splat(-3.037_934_4e-6));
    sum = sum.fma(square, V::splat(6.689_074e-5));
    sum = sum.fma(square, V::splat(-9.506_577e-4));
    sum = sum.fma(square, V::splat(9.298_23e-3));
    sum = sum.fma(square, V::splat(-6.552_821e-2));
    sum = sum.fma(square, V::splat(3.984_658_7e-1));
    // Below -4.2 P is a little off zero, which a large x would blow up.
    V::splat(-4.2).max(x).mul(sum.fma(inner, V::splat(0.5)))
}

/// Φ(x) + x φ(x), the derivative of [`gelu`].
#[inline(always)]
pub(crate) fn gelu_slope<V: Lanes>(x: V) -> V {
    let bell = bell(x);
    let tail = normal_tail(x.abs(), bell);
    let below = x.where_less(V::zero(), tail, V::splat(1.0).sub(tail));
    let density = bell.mul(V::splat(0.398_942_3)); // 1 / √(2π)
    x.fma(density, below)
}

/// tanh x, from eˣ; near zero, where that cancels, from its power series.
#[inline(always)]
pub(crate) fn tanh<V: Lanes>(x: V) -> V {
    let one = V::splat(1.0);
    let size = x.abs();
    let far = one.sub(V::splat(2.0).div(exp(size.add(size)).add(one))).with_sign_of(x);
    let square = x.mul(x);
    // Taylor; the next term, at the switch, is 1.5e-8 of the result.
    let mut series = V::splat(-1_382.0 / 155_925.0);
    series = series.fma(square, V::splat(62.0 / 2_835.0));
    series = series.fma(square, V::splat(-17.0 / 315.0));
    series = series.fma(square, V::splat(2.0 / 15.0));
    series = series.fma(square, V::splat(-1.0 / 3.0));
    let near = series.mul(square).fma(x, x);
    size.where_less(V::splat(0.3), near, far)
}
