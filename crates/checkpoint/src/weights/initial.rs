//! Random weights to start from: the same for a seed on every device.

use super::{HostTensor, Weights};
use crate::config::ElectraConfig;

/// BERT's and ELECTRA's initial standard deviation (Devlin et al., 2019).
const INITIAL_DEVIATION: f32 = 0.02;

impl Weights {
    /// A whole network of random weights: normal with deviation .02 cut at two deviations,
    /// biases 0, layer norms the identity, and the pooler the identity, as the original system
    /// has it. Every tensor has a random stream of its own, so that a fresh head is the same on
    /// any body.
    pub fn random(config: &ElectraConfig, seed: u64) -> Self {
        Self::random_tensors(config.tensor_shapes(), seed)
    }

    /// Random tensors of these names and shapes, by the same rules.
    pub fn random_tensors(
        shapes: impl IntoIterator<Item = (String, Vec<usize>)>,
        seed: u64,
    ) -> Self {
        let tensors = shapes.into_iter().map(|(name, shape)| {
            let tensor = initial_tensor(&name, shape, seed);
            (name, tensor)
        });
        tensors.collect()
    }

    /// Only the head of [`Weights::random`]: pooler and sigmoid unit.
    pub fn random_head(config: &ElectraConfig, seed: u64) -> Self {
        let shapes = config.tensor_shapes().into_iter();
        Self::random_tensors(shapes.filter(|(name, _)| !name.starts_with("electra.")), seed)
    }
}

fn initial_tensor(name: &str, shape: Vec<usize>, seed: u64) -> HostTensor {
    let filled = |value| vec![value; shape.iter().product()];
    let values = if name.ends_with("LayerNorm.weight") {
        filled(1.0)
    } else if name.ends_with(".bias") {
        filled(0.0)
    } else if name == "pooler.dense.weight" {
        let mut identity = filled(0.0);
        identity.iter_mut().step_by(shape[0] + 1).for_each(|diagonal| *diagonal = 1.0);
        identity
    } else {
        let mut normal = TruncatedNormal::new(seed, name);
        (0..shape.iter().product()).map(|_| normal.draw()).collect()
    };
    HostTensor { shape, values }
}

/// Normal numbers of deviation [`INITIAL_DEVIATION`], none further out than two deviations.
struct TruncatedNormal {
    state: u64,
}

impl TruncatedNormal {
    /// A stream of its own for each name (FNV-1a, Fowler, Noll and Vo).
    fn new(seed: u64, name: &str) -> Self {
        let hash = name.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
        });
        Self { state: seed ^ hash }
    }

    /// Box and Muller's transform, drawn again while too far out.
    fn draw(&mut self) -> f32 {
        loop {
            let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
            let value = radius * (std::f64::consts::TAU * self.uniform()).cos();
            if value.abs() <= 2.0 {
                return value as f32 * INITIAL_DEVIATION;
            }
        }
    }

    /// Uniform in [0, 1), by `SplitMix64` (Steele et al., 2014).
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;

    #[test]
    fn electra_small_with_its_head_has_13_549_057_parameters() {
        let weights = Weights::random(&ElectraConfig::preset(Preset::Small), 1);
        assert_eq!(weights.parameters(), 13_549_057);
    }

    #[test]
    fn the_same_seed_gives_the_same_weights_and_another_seed_others() {
        let config = ElectraConfig {
            vocab_size: 50,
            num_hidden_layers: 1,
            ..ElectraConfig::preset(Preset::Small)
        };
        assert_eq!(Weights::random(&config, 7), Weights::random(&config, 7));
        assert_ne!(Weights::random(&config, 7), Weights::random(&config, 8));
    }

    #[test]
    fn initial_weights_have_the_stated_spread() {
        let tensor = initial_tensor("classifier.weight", vec![200, 100], 3);
        let mean = tensor.values.iter().sum::<f32>() / 20_000.0;
        let variance = tensor.values.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 1e-3);
        // Cutting at two deviations leaves .774 of the variance.
        assert!((variance.sqrt() / INITIAL_DEVIATION - 0.88).abs() < 0.01);
        assert!(tensor.values.iter().all(|x| x.abs() <= 2.0 * INITIAL_DEVIATION));
    }

    #[test]
    fn the_pooler_starts_as_the_identity() {
        let config = ElectraConfig::preset(Preset::Small);
        let head = Weights::random_head(&config, 1);
        let pooler = head.get("pooler.dense.weight").map(|tensor| tensor.values.clone());
        let pooler = pooler.unwrap_or_default();
        assert_eq!((pooler[0], pooler[1], pooler[257], pooler[65_535]), (1.0, 0.0, 1.0, 1.0));
        assert_eq!(pooler.iter().sum::<f32>(), 256.0);
    }
}
