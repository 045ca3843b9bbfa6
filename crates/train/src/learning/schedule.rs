//! The learning rate of every step and of every layer.

/// Linear warm-up, then linear decay to 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// The highest rate, reached at the end of the warm-up.
    pub peak: f64,
    /// Steps of the warm-up.
    pub warmup_steps: usize,
    /// All steps, warm-up included.
    pub total_steps: usize,
}

impl Schedule {
    /// Of so many steps, the rate rising over this share of them.
    pub fn new(peak: f64, warmup: f64, total_steps: usize) -> Self {
        let warmup_steps = (warmup * total_steps as f64).round() as usize;
        Self { peak, warmup_steps, total_steps }
    }

    /// The rate of a step, counted from 0. It is never 0, since a step that learns nothing is
    /// a step wasted.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let done = (step + 1) as f64;
        if step < self.warmup_steps {
            self.peak * done / (self.warmup_steps as f64)
        } else {
            let left = (self.total_steps + 1) as f64 - done;
            self.peak * left / (self.total_steps + 1 - self.warmup_steps).max(1) as f64
        }
    }
}

/// A tensor's share of the learning rate: `decay^depth`, where the head has depth 0, the last
/// encoder layer 1, and the embeddings are deepest (Clark et al., "ELECTRA", 2020, use .8 for the
/// small model). A base's knowledge of language then changes less than the layers that learn anew.
pub fn layer_factor(tensor: &str, num_hidden_layers: usize, decay: f64) -> f64 {
    let depth = if let Some(rest) = tensor.strip_prefix("electra.encoder.layer.") {
        let layer = rest.split('.').next().and_then(|number| number.parse::<usize>().ok());
        num_hidden_layers - layer.unwrap_or(0)
    } else if tensor.starts_with("electra.") {
        num_hidden_layers + 1
    } else {
        0
    };
    decay.powi(depth as i32)
}

/// True if weight decay applies: to matrices and tables, not to biases and layer norms.
pub fn decays(tensor: &str) -> bool {
    !tensor.ends_with(".bias") && !tensor.contains("LayerNorm")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule { peak: 1.0, warmup_steps: 10, total_steps: 100 };

    #[test]
    fn the_rate_rises_to_its_peak_and_falls_to_almost_nothing() {
        assert!((SCHEDULE.learning_rate(0) - 0.1).abs() < 1e-12);
        assert!((SCHEDULE.learning_rate(9) - 1.0).abs() < 1e-12);
        let rates = (9..100).map(|step| SCHEDULE.learning_rate(step)).collect::<Vec<_>>();
        assert!(rates.windows(2).all(|pair| pair[1] < pair[0]));
        assert!(rates[90] > 0.0 && rates[90] < 0.02);
    }

    #[test]
    fn a_training_without_warm_up_starts_at_its_peak() {
        let schedule = Schedule { warmup_steps: 0, ..SCHEDULE };
        assert!((schedule.learning_rate(0) - 1.0).abs() < 0.02);
    }

    #[test]
    fn deeper_layers_learn_more_slowly() {
        let factor = |tensor| layer_factor(tensor, 12, 0.8);
        assert_eq!(factor("classifier.weight"), 1.0);
        assert_eq!(factor("electra.encoder.layer.11.output.dense.weight"), 0.8);
        assert!(
            (factor("electra.encoder.layer.0.output.dense.weight") - 0.8_f64.powi(12)).abs()
                < 1e-12
        );
        assert!((factor("electra.embeddings_project.weight") - 0.8_f64.powi(13)).abs() < 1e-12);
    }

    #[test]
    fn biases_and_layer_norms_do_not_decay() {
        assert!(decays("electra.embeddings.word_embeddings.weight"));
        assert!(!decays("classifier.bias"));
        assert!(!decays("electra.encoder.layer.3.output.LayerNorm.weight"));
    }
}
