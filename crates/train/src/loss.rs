//! Binary cross-entropy on logits.

use burn::tensor::Tensor;

/// Mean binary cross-entropy of `logits` against 0/1 `targets`, both `[sequences]`:
/// `softplus(x) - y·x`, with the positive part weighted by `pos_weight`.
///
/// Written with `softplus(x) = max(x, 0) + ln(1 + exp(-|x|))`, which neither overflows nor loses
/// small losses.
pub fn binary_cross_entropy(logits: Tensor<1>, targets: Tensor<1>, pos_weight: f64) -> Tensor<1> {
    let tail = (-logits.clone().abs()).exp().log1p();
    let if_negative = logits.clone().clamp_min(0.0) + tail.clone();
    let if_positive = (-logits).clamp_min(0.0) + tail;
    let positive = targets.clone() * if_positive * pos_weight;
    let negative = (-targets + 1.0) * if_negative;
    (positive + negative).mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn loss(logits: &[f32], targets: &[f32], pos_weight: f64) -> f32 {
        let device = Device::flex();
        binary_cross_entropy(
            Tensor::from_floats(logits, &device),
            Tensor::from_floats(targets, &device),
            pos_weight,
        )
        .into_scalar()
    }

    #[test]
    fn it_is_the_negative_log_likelihood() {
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let expected = -((sigmoid(2.0)).ln() + (1.0 - sigmoid(-1.5)).ln()) / 2.0;
        assert!((loss(&[2.0, -1.5], &[1.0, 0.0], 1.0) - expected).abs() < 1e-6);
    }

    #[test]
    fn extreme_logits_give_finite_losses() {
        assert!((loss(&[200.0], &[0.0], 1.0) - 200.0).abs() < 1e-3);
        assert!(loss(&[200.0], &[1.0], 1.0).abs() < 1e-6);
        assert!((loss(&[-200.0], &[1.0], 1.0) - 200.0).abs() < 1e-3);
    }

    #[test]
    fn the_weight_of_positives_scales_only_their_part() {
        let plain = loss(&[0.3, 0.3], &[1.0, 0.0], 1.0);
        let weighted = loss(&[0.3, 0.3], &[1.0, 0.0], 3.0);
        let of_the_positive = loss(&[0.3], &[1.0], 1.0);
        assert!((weighted - plain - of_the_positive).abs() < 1e-6);
    }

    #[test]
    fn its_gradient_is_probability_minus_target() {
        let device = Device::flex().autodiff();
        let logits = Tensor::<1>::from_floats([0.7, -0.2], &device).require_grad();
        let targets = Tensor::<1>::from_floats([1.0, 0.0], &device);
        let gradients = binary_cross_entropy(logits.clone(), targets, 1.0).backward();
        let gradient =
            logits.grad(&gradients).map(|g| g.into_data().iter::<f32>().collect::<Vec<_>>());
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let expected = [(sigmoid(0.7) - 1.0) / 2.0, sigmoid(-0.2) / 2.0];
        let gradient = gradient.unwrap_or_default();
        assert!(gradient.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-6), "{gradient:?}");
    }
}
