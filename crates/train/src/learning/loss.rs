//! Binary cross-entropy on logits.

use burn::tensor::Tensor;

/// Binary cross-entropies of `logits` against `targets` from 0 to 1, both `[sequences]`, as the
/// result: `softplus(x) - y·x`.
///
/// Written with `softplus(x) = max(x, 0) + ln(1 + exp(-|x|))`, which neither overflows nor loses
/// small losses.
pub fn binary_cross_entropies(logits: Tensor<1>, targets: Tensor<1>) -> Tensor<1> {
    let tail = (-logits.clone().abs()).exp().log1p();
    let if_negative = logits.clone().clamp_min(0.0) + tail.clone();
    let if_positive = (-logits).clamp_min(0.0) + tail;
    let positive = targets.clone() * if_positive;
    let negative = (-targets + 1.0) * if_negative;
    positive + negative
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn losses<const N: usize>(logits: [f32; N], targets: [f32; N]) -> Vec<f32> {
        let device = Device::flex();
        let [logits, targets] =
            [logits, targets].map(|numbers| Tensor::from_floats(numbers, &device));
        binary_cross_entropies(logits, targets).into_data().iter().collect()
    }

    #[test]
    fn it_is_the_negative_log_likelihood() {
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let likelihood = |p: f32, target: f32| -target * p.ln() - (1.0 - target) * (1.0 - p).ln();
        let expected =
            [(2.0, 1.0), (-1.5, 0.0), (0.7, 0.25)].map(|(x, y)| likelihood(sigmoid(x), y));
        let losses = losses([2.0, -1.5, 0.7], [1.0, 0.0, 0.25]);
        assert!(losses.iter().zip(expected).all(|(l, e)| (l - e).abs() < 1e-6), "{losses:?}");
    }

    #[test]
    fn extreme_logits_give_finite_losses() {
        let losses = losses([200.0, 200.0, -200.0], [0.0, 1.0, 1.0]);
        let expected = [200.0, 0.0, 200.0];
        assert!(losses.iter().zip(expected).all(|(l, e)| (l - e).abs() < 1e-3), "{losses:?}");
    }

    #[test]
    fn its_gradient_is_probability_minus_target() {
        let device = Device::flex().autodiff();
        let logits = Tensor::<1>::from_floats([0.7, -0.2], &device).require_grad();
        let targets = Tensor::<1>::from_floats([1.0, 0.0], &device);
        let gradients = binary_cross_entropies(logits.clone(), targets).mean().backward();
        let gradient =
            logits.grad(&gradients).map(|g| g.into_data().iter::<f32>().collect::<Vec<_>>());
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let expected = [(sigmoid(0.7) - 1.0) / 2.0, sigmoid(-0.2) / 2.0];
        let gradient = gradient.unwrap_or_default();
        assert!(gradient.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-6), "{gradient:?}");
    }
}
