//! The deprecated `ndarray` device trains, and scores as the CPU's own kernels do.
//! Run with `cargo test -p train --features ndarray --test ndarray`.
#![cfg(feature = "ndarray")]
#![allow(clippy::unwrap_used)]

mod common;

use checkpoint::Checkpoint;
use common::{succeed, tiny_base, train};
use model::DeviceKind;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

#[test]
fn ndarray_trains_and_its_scores_are_the_cpus() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let output = folder.path().join("mine");
    let flags = ["--device", "ndarray", "--epochs", "1", "--sample", "200"];
    succeed(&mut train(&base, &output, &flags));
    let checkpoint = Checkpoint::open(&output).unwrap();
    let texts = ["good morning everyone", "a longer post, with a comma and some more words in it"];
    let encodings = texts.map(|text| checkpoint.tokenizer.encode(text, 64).unwrap().ids);
    let batch = TokenBatch::new(encodings.iter().map(Vec::as_slice));
    let [ndarray, cpu] = [DeviceKind::Ndarray, DeviceKind::Cpu].map(|device| {
        let device = model::device::open(device).unwrap();
        let model =
            ElectraClassifier::new(&checkpoint.config.electra, &checkpoint.weights, &device)
                .unwrap();
        let logits = model.forward(&batch, Pass::default()).into_data();
        logits.iter::<f32>().collect::<Vec<_>>()
    });
    for (a, b) in ndarray.iter().zip(&cpu) {
        assert!((a - b).abs() < 1e-4, "{ndarray:?} {cpu:?}");
    }
}
