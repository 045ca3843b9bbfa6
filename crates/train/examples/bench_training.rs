//! The speed of training: forward, backward and optimiser, dropout on, in batches of 32.
//!
//! ```text
//! cargo run -p train --example bench_training -- CHECKPOINT TWEETS.csv f32|bf16
//! ```
//!
//! Prints a line when it is ready, and then answers each line of standard input with one line of
//! JSON: `training N` takes N steps, `memory` tells the peak. `RAYON_NUM_THREADS` sets the threads.
//! Every other tweet counts as positive: speed does not depend on labels.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;
use std::time::Instant;

use checkpoint::Manifest;
use checkpoint::base::Base;
use clap::Parser;
use dataset::{Format, RowReader};
use model::DeviceKind;
use serde_json::json;
use train::FinetuneArgs;
use train::data::TokenisedPost;
use train::finetune::batches::BatchPlan;
use train::finetune::settings::{self, Circumstances};
use train::finetune::trainer::Trainer;
use train::learning::state::TrainingState;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [checkpoint, tweets, precision] = arguments.as_slice() else {
        return Err("usage: bench_training CHECKPOINT TWEETS.csv f32|bf16".into());
    };
    let base = Base::open(Path::new(checkpoint), 0)?;
    // Longer tweets are cut, for the peers as well.
    let max_length = Manifest::open(Path::new(checkpoint))?.config.max_length;
    let path = Path::new(tweets);
    let mut posts: Vec<TokenisedPost> = Vec::new();
    for row in RowReader::new(std::fs::File::open(path)?, Format::of(path), "text", path)? {
        if let Some(encoding) = base.tokenizer.encode(&row?.text, max_length) {
            let label = posts.len().is_multiple_of(2);
            posts.push(TokenisedPost {
                ids: encoding.ids,
                windows: Vec::new(),
                label,
                target: f32::from(u8::from(label)),
                weight: 1.0,
            });
        }
    }
    let args = FinetuneArgs::try_parse_from(["train", "--precision", precision])?;
    let positives = posts.iter().filter(|post| post.label).count();
    let circumstances = Circumstances {
        positives,
        negatives: posts.len() - positives,
        hidden_size: base.config.hidden_size,
        pretrained: false,
        mask_id: base.tokenizer.mask_id(),
    };
    let hyperparameters = settings::hyperparameters(&args, circumstances)?;
    let start = base.weights;
    let state = TrainingState::fresh(BTreeMap::new(), start.clone());
    let device = model::device::open(DeviceKind::Cpu)?;
    let (mut trainer, mut model) =
        Trainer::new(&hyperparameters, &base.config, &device, &posts, &posts, start, state)?;
    let lengths = posts.iter().map(|post| post.ids.len()).collect();
    let plan = BatchPlan::new(lengths, hyperparameters.batch_size, false, hyperparameters.seed);
    let mut batches = plan.epoch(0).into_iter().cycle();
    println!("{}", json!({ "posts": posts.len() }));

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ').unwrap_or((&line, "")) {
            ("training", steps) => {
                let (start, mut tokens) = (Instant::now(), 0);
                for batch in batches.by_ref().take(steps.parse()?) {
                    tokens += batch.iter().map(|&post| posts[post].ids.len()).sum::<usize>();
                    (model, _) = trainer.step(model, &batch)?;
                }
                json!({ "tokens_per_second": tokens as f64 / start.elapsed().as_secs_f64() })
            }
            ("memory", _) => json!({ "memory_mb": peak_memory() }),
            _ => return Err(format!("unknown request {line}").into()),
        };
        println!("{answer}");
    }
    Ok(())
}

/// Peak resident memory of this process in MB, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
