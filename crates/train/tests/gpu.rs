//! A training on a GPU that wgpu reaches, and its scores against the CPU's.
//! Run with `just test-gpu`, which takes a software Vulkan driver where there is no GPU.
#![cfg(feature = "gpu")]
#![allow(clippy::unwrap_used)]

mod common;

use checkpoint::Checkpoint;
use common::{succeed, tiny_base, train};
use model::DeviceKind;
use model::electra::{ElectraClassifier, Pass, TokenBatch};

#[test]
fn the_gpu_trains_and_its_scores_are_the_cpus() {
    let folder = tempfile::tempdir().unwrap();
    let base = tiny_base(folder.path());
    let output = folder.path().join("mine");
    // A software Vulkan driver where the recipe says so.
    let software = std::env::var("THREAT_GPU").is_ok_and(|kind| kind == "software");
    let device = if software { DeviceKind::SoftwareGpu } else { DeviceKind::Gpu };
    let name = device.to_string();
    let flags = ["--device", &name, "--epochs", "1", "--sample", "96", "--evaluations", "1"];
    succeed(&mut train(&base, &output, &flags));
    let checkpoint = Checkpoint::open(&output).unwrap();
    let texts = ["good morning everyone", "a longer post, with a comma and some more words in it"];
    let encodings = texts.map(|text| checkpoint.tokenizer.encode(text, 64).unwrap().ids);
    let batch = TokenBatch::new(encodings.iter().map(Vec::as_slice));
    let [gpu, cpu] = [device, DeviceKind::Cpu].map(|device| {
        let device = model::device::open(device).unwrap();
        let model =
            ElectraClassifier::new(&checkpoint.config.electra, &checkpoint.weights, &device)
                .unwrap();
        let logits = model.forward(&batch, Pass::default()).into_data();
        let calibrated = logits.iter::<f32>().map(|logit| checkpoint.calibration.score(logit));
        calibrated.collect::<Vec<_>>()
    });
    for (a, b) in gpu.iter().zip(&cpu) {
        assert!((a - b).abs() < 1e-3, "{gpu:?} {cpu:?}");
    }
}
