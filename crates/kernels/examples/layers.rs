//! Speed of the packed layers and what lies between them, at the shapes of ELECTRA-small, on one
//! thread.
//!
//! `cargo run -p kernels --example layers [ROWS]`

use std::time::Instant;

use kernels::{Attention, Before, Dense, Encoded, LayerNorm, Level, Linear, Precision, Team};

/// The fastest of many runs, in seconds.
fn fastest(mut run: impl FnMut()) -> f64 {
    let times = (0..200).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

/// The level that `THREAT_KERNELS` names, else the fastest.
fn level() -> Level {
    match std::env::var("THREAT_KERNELS") {
        Ok(name) => name.parse().unwrap_or_else(|error| panic!("THREAT_KERNELS: {error}")),
        Err(_) => Level::best(),
    }
}

fn main() {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(192);
    let (level, team) = (level(), Team::alone());
    println!("{level}, {rows} rows");
    for (inputs, outputs) in [(256, 256), (256, 512), (256, 1024), (1024, 256)] {
        let weight: Vec<f32> = (0..inputs * outputs).map(|i| (i as f32).sin() * 0.05).collect();
        let bias = vec![0.5; outputs];
        let mut x: Vec<f32> = (0..rows * inputs).map(|i| (i as f32).cos()).collect();
        let mut y = vec![0.0; rows * outputs];
        for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
            let dense = [Dense { weight: &weight, bias: &bias }];
            let linear = Linear::pack(level, precision, inputs, &dense, 1.0);
            let mut encoded = Encoded::default();
            let encode = fastest(|| {
                encoded.encode(&team, level, precision, Before::Nothing, &mut x, inputs);
            });
            let gelu = fastest(|| {
                encoded.encode(&team, level, precision, Before::Gelu, &mut x.clone(), inputs);
            });
            let run = fastest(|| linear.run(&team, &encoded, &mut y));
            let billions = 2e-9 * (rows * inputs * outputs) as f64;
            let nanoseconds = 1e9 / (rows * inputs) as f64;
            println!(
                "{inputs:>5} -> {outputs:<5} {precision:<5} {:6.1} billion operations/s, encoding \
                 {:.3} ns a number, after GELU {:.3}",
                billions / run,
                encode * nanoseconds,
                gelu * nanoseconds,
            );
        }
    }
    let (width, length) = (256, 24);
    let tokens = rows / length * length;
    let starts: Vec<usize> = (0..=tokens).step_by(length).collect();
    let (queries, keys_values) = (vec![0.1; tokens * width], vec![0.2; tokens * 2 * width]);
    let mut context = vec![0.0; tokens * width];
    let each = 1e9 / tokens as f64;
    for precision in [Precision::F32, Precision::Int8] {
        let attention =
            Attention { heads: 4, queries: &queries, keys_values: &keys_values, starts: &starts };
        let seconds = fastest(|| attention.run(&team, level, precision, &mut context));
        println!("attention of {length} tokens, {precision}: {:.0} ns a token", seconds * each);
    }
    let (gamma, beta) = (vec![1.0; width], vec![0.0; width]);
    let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon: 1e-12 };
    let mut encoded = Encoded::default();
    let update = context.clone();
    let before = Before::AddNorm { update: &update, norm };
    let normed = fastest(|| {
        encoded.encode(&team, level, Precision::Int8, before, &mut context, width);
    });
    println!("residual, layer norm and encoding: {:.0} ns a token", normed * each);
}
