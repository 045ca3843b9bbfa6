//! The teacher with fewer layers: each that stays stands for a group of neighbours, and has their place.

use checkpoint::base::Base;

/// The layer of a teacher of `teacher` layers that layer `student` of a network of `layers` learns
/// from, both counted from 1: the last of its group.
pub fn target(student: usize, layers: usize, teacher: usize) -> usize {
    (student * teacher).div_ceil(layers)
}

/// `teacher` with `layers` of its layers, or `None` if it has fewer: of each group the last, whose
/// output the one that stays is to learn.
pub fn shallow(teacher: &Base, layers: usize) -> Option<Base> {
    let all = teacher.config.num_hidden_layers;
    if layers == 0 || layers > all {
        return None;
    }
    let place = |layer: usize| (1..=layers).find(|&kept| target(kept, layers, all) == layer + 1);
    let mut base = teacher.clone();
    base.config.num_hidden_layers = layers;
    base.weights = std::mem::take(&mut base.weights).renamed(|name| {
        let Some((prefix, rest)) = name.split_once(".layer.") else { return Some(name.to_owned()) };
        let (layer, rest) = rest.split_once('.')?;
        let kept = place(layer.parse().ok()?)?;
        Some(format!("{prefix}.layer.{}.{rest}", kept - 1))
    });
    Some(base)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use checkpoint::{ElectraConfig, Preset, Weights};
    use text::TweetTokenizer;

    use super::*;

    #[test]
    fn each_layer_stands_for_a_group() {
        let of = |layers, teacher| -> Vec<usize> {
            (1..=layers).map(|student| target(student, layers, teacher)).collect()
        };
        assert_eq!(of(6, 12), [2, 4, 6, 8, 10, 12]);
        assert_eq!(of(4, 6), [2, 3, 5, 6]);
        assert_eq!(of(3, 3), [1, 2, 3]);
    }

    #[test]
    fn layers_that_stay_move_up_and_nothing_else_changes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tokenizer = TweetTokenizer::open(&root.join("data/vocabulary")).unwrap();
        let config = ElectraConfig { num_hidden_layers: 4, ..ElectraConfig::preset(Preset::Small) };
        let weights = Weights::random(&config, 3);
        let teacher = Base { config, weights, tokenizer, unused: Vec::new(), trained_head: false };
        let base = shallow(&teacher, 2).unwrap();
        assert_eq!(base.config.num_hidden_layers, 2);
        let name = |layer: usize| format!("electra.encoder.layer.{layer}.output.dense.weight");
        for (kept, was) in [(0, 1), (1, 3)] {
            assert_eq!(base.weights.get(&name(kept)), teacher.weights.get(&name(was)));
        }
        assert_eq!(base.weights.get(&name(2)), None);
        let words = "electra.embeddings.word_embeddings.weight";
        assert_eq!(base.weights.get(words), teacher.weights.get(words));
        assert!(shallow(&teacher, 5).is_none() && shallow(&teacher, 0).is_none());
    }
}
