//! Speed of the matrix products at the shapes of ELECTRA-small, in GFLOP/s: on one thread with the
//! weight packed already, and for the weight's gradient on all.
//!
//! `cargo run -p kernels --example products [ROWS]`

use std::time::Instant;

use kernels::{
    Level, Matrix, MatrixMut, Memory, Operands, PackedOperand, Start, Team, product_packed,
    products,
};

/// The level that `THREAT_KERNELS` names, else the fastest.
fn level() -> Level {
    match std::env::var("THREAT_KERNELS") {
        Ok(name) => name.parse().unwrap_or_else(|error| panic!("THREAT_KERNELS: {error}")),
        Err(_) => Level::best(),
    }
}

fn main() {
    let rows = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(1000);
    let level = level();
    println!("{level}, {} threads, {rows} rows", rayon::current_num_threads());
    for (inputs, outputs) in [(256, 256), (256, 768), (256, 1024), (1024, 256)] {
        for operands in [Operands::F32, Operands::Bf16] {
            let x = vec![0.5_f32; rows * inputs];
            let weight = vec![0.25_f32; outputs * inputs];
            let mut y = vec![0.0_f32; rows * outputs];
            let mut x_gradient = vec![0.0_f32; rows * inputs];
            let gflops = |run: &mut dyn FnMut()| {
                let best = (0..12).map(|_| {
                    let start = Instant::now();
                    run();
                    start.elapsed().as_secs_f64()
                });
                2e-9 * (rows * inputs * outputs) as f64 / best.fold(f64::INFINITY, f64::min)
            };
            let weight = Matrix::new(&weight, outputs, inputs);
            let (mut packed, mut transposed) = <(PackedOperand, PackedOperand)>::default();
            packed.pack(level, operands, weight.transposed());
            transposed.pack(level, operands, weight);
            let forward = gflops(&mut || {
                let (x, y) = (Matrix::new(&x, rows, inputs), MatrixMut::new(&mut y, rows, outputs));
                product_packed(x, &packed, Start::Zero, y);
            });
            let y = Matrix::new(&y, rows, outputs);
            let to_input = gflops(&mut || {
                let gradient = MatrixMut::new(&mut x_gradient, rows, inputs);
                product_packed(y, &transposed, Start::Zero, gradient);
            });
            let to_weight = Team::gather(rayon::current_num_threads(), None, |team| {
                gflops(&mut || {
                    let pair = (y.transposed(), Matrix::new(&x, rows, inputs));
                    let [gradient] = products(team, level, operands, [pair]);
                    Memory::give_back(gradient);
                })
            });
            println!(
                "{inputs:>5} -> {outputs:<5} {operands:?}: forward {forward:6.1}, \
                 input gradient {to_input:6.1}, weight gradient {to_weight:6.1} GFLOP/s"
            );
        }
    }
}
