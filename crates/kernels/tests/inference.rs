//! Packed layers, encoded rows and attention against plain loops, at every level of this CPU.
#![allow(missing_docs, clippy::unwrap_used, clippy::float_cmp)]

mod common;

use common::{distance, numbers};
use kernels::{Attention, Before, Dense, Encoded, LayerNorm, Level, Linear, Precision, Team};
use proptest::prelude::*;

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Int8];

fn levels_and_precisions() -> impl Iterator<Item = (Level, Precision)> {
    Level::variants().into_iter().flat_map(|level| PRECISIONS.map(|precision| (level, precision)))
}

fn plain(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f64> {
    let inputs = weight.len() / bias.len();
    let rows = x.chunks(inputs).flat_map(|x| {
        weight.chunks(inputs).zip(bias).map(move |(w, &b)| {
            let dot: f64 = x.iter().zip(w).map(|(&x, &w)| f64::from(x) * f64::from(w)).sum();
            dot + f64::from(b)
        })
    });
    rows.collect()
}

fn encoded(level: Level, precision: Precision, x: &[f32], columns: usize) -> Encoded {
    let mut encoded = Encoded::default();
    let mut x = x.to_vec();
    encoded.encode(&Team::alone(), level, precision, Before::Nothing, &mut x, columns);
    encoded
}

fn run(linear: &Linear, input: &Encoded) -> Vec<f32> {
    let mut output = vec![f32::NAN; input.rows() * linear.outputs()];
    linear.run(&Team::alone(), input, &mut output);
    output
}

/// The tolerance for rounding in a dot product of `inputs` numbers, all from -1 to 1.
///
/// By bytes: rounding moves a product by up to half an input's step (2/255) times its weight, and
/// half a weight's step times its input. Over many products the two make a deviation of
/// .0013 · √inputs each where a weight's step is 1/127, and the largest of some 10,000 outputs is off
/// by four or five such. Where sums have 16 bits, a weight's step is up to 4/142: when four neighbours
/// are all as large as can be, as among these even numbers they nearly are. That makes .0047 · √inputs;
/// `in_bytes` holds both to the rule exactly.
fn tolerance(level: Level, precision: Precision, inputs: usize) -> f64 {
    let root = (inputs as f64).sqrt();
    match precision {
        Precision::F32 => 1e-5 + 2e-7 * inputs as f64,
        Precision::Bf16 => 0.01 + 0.006 * root,
        Precision::Int8 if level.adds_in_16_bits() => 0.02 + 0.025 * root,
        Precision::Int8 => 0.02 + 0.012 * root,
    }
}

/// Inputs 0, 1, 4 and 5 of every eight add up in 16 bits, and so do 2, 3, 6 and 7: the most that
/// the positive weights of such a group add up to, or the negative ones.
fn heaviest(w: &[f32]) -> f32 {
    let halves = w.chunks(8).flat_map(|eight| {
        [1.0, -1.0].into_iter().flat_map(move |sign| {
            let part = |i: usize| eight.get(i).map_or(0.0, |w| (sign * w).max(0.0));
            let pair = move |i: usize| part(i) + part(i + 1);
            [pair(0) + pair(4), pair(2) + pair(6)]
        })
    });
    halves.fold(0.0, f32::max)
}

/// The result of a layer by the definition of [`Precision::Int8`], in whole numbers but for the
/// last steps: the scalar twin of a level's kernel.
fn in_bytes(level: Level, x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f64> {
    let inputs = weight.len() / bias.len();
    let highest = if level.adds_in_16_bits() { 227.0 } else { 255.0 };
    let inputs_in_bytes = |x: &[f32]| {
        let low = x.iter().copied().fold(f32::INFINITY, f32::min);
        let width = x.iter().copied().fold(f32::NEG_INFINITY, f32::max) - low;
        let scale = if width > 0.0 { highest / width } else { 0.0 };
        let bytes = x.iter().map(|&x| ((x - low) * scale).round_ties_even() as i64);
        (bytes.collect::<Vec<i64>>(), f64::from(low), f64::from(width) / f64::from(highest))
    };
    let weights_in_bytes = |w: &[f32]| {
        let largest = w.iter().fold(0.0_f32, |largest, w| largest.max(w.abs()));
        let rounded = |span: f32| {
            let scale = if span > 0.0 { 127.0 / span } else { 0.0 };
            let bytes = w.iter().map(|w| (w * scale + 128.0).round_ties_even() - 128.0);
            (bytes.collect::<Vec<f32>>(), f64::from(span) / 127.0)
        };
        if !level.adds_in_16_bits() {
            return rounded(largest);
        }
        let spans = [144.0, 143.0, 142.0].map(|limit| largest.max(heaviest(w) * 127.0 / limit));
        let fitting = spans.into_iter().map(rounded).find(|(bytes, _)| heaviest(bytes) <= 144.0);
        fitting.unwrap()
    };
    let rows = x.chunks(inputs).map(inputs_in_bytes).flat_map(|(x, low, input_step)| {
        weight.chunks(inputs).zip(bias).map(move |(w, &bias)| {
            let (w, step) = weights_in_bytes(w);
            let dot: f64 = x.iter().zip(&w).map(|(&x, &w)| x as f64 * f64::from(w)).sum();
            let sum: f64 = w.iter().map(|&w| f64::from(w) * step).sum();
            input_step * step * dot + low * sum + f64::from(bias)
        })
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_packed_layer_equals_plain_loops(
        rows in 1_usize..40, inputs in 1_usize..90, first in 1_usize..50, second in 0_usize..50,
        seed in any::<u64>(),
    ) {
        let x = numbers(rows * inputs, seed);
        let (weight, bias) = (numbers((first + second) * inputs, seed ^ 1), numbers(first + second, seed ^ 2));
        let wanted = plain(&x, &weight, &bias);
        let layers = [
            Dense { weight: &weight[..first * inputs], bias: &bias[..first] },
            Dense { weight: &weight[first * inputs..], bias: &bias[first..] },
        ];
        for precision in PRECISIONS {
            let mut twins: Vec<(bool, Vec<f32>)> = Vec::new();
            for level in Level::variants() {
                let linear = Linear::pack(level, precision, inputs, &layers, 1.0);
                let result = run(&linear, &encoded(level, precision, &x, inputs));
                let error = distance(&result, &wanted);
                prop_assert!(error <= tolerance(level, precision, inputs), "{level} {precision}: {error}");
                if precision == Precision::Int8 {
                    let error = distance(&result, &in_bytes(level, &x, &weight, &bias));
                    prop_assert!(error < 3e-5, "{level}: {error}");
                    // Sums of bytes are exact: only the last roundings may differ.
                    let is_short = level.adds_in_16_bits();
                    if let Some((_, twin)) = twins.iter().find(|(short, _)| *short == is_short) {
                        let twin: Vec<f64> = twin.iter().map(|&y| f64::from(y)).collect();
                        prop_assert!(distance(&result, &twin) < 1e-5, "{level}");
                    } else {
                        twins.push((is_short, result));
                    }
                }
            }
        }
    }

    #[test]
    fn a_row_is_the_same_alone_and_among_others_and_in_any_team(
        rows in 1_usize..40, inputs in 1_usize..300, outputs in 1_usize..100, seed in any::<u64>(),
    ) {
        let x = numbers(rows * inputs, seed);
        let (weight, bias) = (numbers(outputs * inputs, seed ^ 1), numbers(outputs, seed ^ 2));
        let layers = [Dense { weight: &weight, bias: &bias }];
        for level in Level::variants() {
            for precision in PRECISIONS {
                let linear = Linear::pack(level, precision, inputs, &layers, 1.0);
                let all = run(&linear, &encoded(level, precision, &x, inputs));
                for (x, y) in x.chunks(inputs).zip(all.chunks(outputs)) {
                    prop_assert_eq!(&run(&linear, &encoded(level, precision, x, inputs)), y);
                }
                let shared = Team::gather(3, None, |team| {
                    let (mut input, mut x) = (Encoded::default(), x.clone());
                    input.encode(team, level, precision, Before::Nothing, &mut x, inputs);
                    let mut output = vec![f32::NAN; rows * outputs];
                    linear.run(team, &input, &mut output);
                    output
                });
                prop_assert_eq!(shared, all);
            }
        }
    }

    #[test]
    fn what_comes_before_encoding_is_done_to_the_values(
        rows in 1_usize..30, columns in 2_usize..90, seed in any::<u64>(),
    ) {
        let values = numbers(rows * columns, seed);
        let update = numbers(rows * columns, seed ^ 1);
        let (gamma, beta) = (numbers(columns, seed ^ 2), numbers(columns, seed ^ 3));
        let norm = LayerNorm { gamma: &gamma, beta: &beta, epsilon: 1e-3 };
        for level in Level::variants() {
            let apply = |precision, before| {
                let (mut encoded, mut values) = (Encoded::default(), values.clone());
                encoded.encode(&Team::alone(), level, precision, before, &mut values, columns);
                values
            };
            let mut summed = values.clone();
            kernels::elementwise::add(level, &mut summed, &update);
            for (before, input) in
                [(Before::Norm(norm), &values), (Before::AddNorm { update: &update, norm }, &summed)]
            {
                let mut wanted = vec![0.0; values.len()];
                let (mut mean, mut inverse) = (vec![0.0; rows], vec![0.0; rows]);
                let layer_norm = kernels::layer_norm::layer_norm;
                layer_norm(level, norm, input, &mut wanted, &mut mean, &mut inverse);
                for precision in PRECISIONS {
                    prop_assert_eq!(&apply(precision, before), &wanted);
                }
            }
            let mut wanted = vec![0.0; values.len()];
            kernels::elementwise::gelu(level, &values, &mut wanted);
            prop_assert_eq!(&apply(Precision::F32, Before::Gelu), &wanted);
        }
    }

    #[test]
    fn attention_equals_plain_loops(
        lengths in proptest::collection::vec(0_usize..50, 1..4), heads in 1_usize..4,
        size in prop_oneof![1_usize..70, Just(32), Just(64)], seed in any::<u64>(),
    ) {
        let width = heads * size;
        let mut starts = vec![0];
        for length in &lengths {
            starts.push(starts[starts.len() - 1] + length);
        }
        let tokens = starts[lengths.len()];
        prop_assume!(tokens > 0);
        let queries = numbers(tokens * width, seed);
        let keys_values = numbers(tokens * 2 * width, seed ^ 1);
        let mut wanted = vec![0.0; tokens * width];
        for pair in starts.windows(2) {
            for head in 0..heads {
                for row in pair[0]..pair[1] {
                    let at = |token: usize, which: usize, i: usize| {
                        f64::from(keys_values[token * 2 * width + which * width + head * size + i])
                    };
                    let powers: Vec<f64> = (pair[0]..pair[1]).map(|token| {
                        let dot: f64 = (0..size).map(|i| {
                            f64::from(queries[row * width + head * size + i]) * at(token, 0, i)
                        }).sum();
                        dot.exp()
                    }).collect();
                    let total: f64 = powers.iter().sum();
                    for i in 0..size {
                        let sum: f64 = powers.iter().zip(pair[0]..pair[1])
                            .map(|(power, token)| power * at(token, 1, i)).sum();
                        wanted[row * width + head * size + i] = sum / total;
                    }
                }
            }
        }
        for (level, precision) in levels_and_precisions() {
            let tolerance = if precision == Precision::F32 { 1e-5 } else { 0.03 };
            let attention = Attention { heads, queries: &queries, keys_values: &keys_values, starts: &starts };
            let mut context = vec![f32::NAN; tokens * width];
            attention.run(&Team::alone(), level, precision, &mut context);
            prop_assert!(distance(&context, &wanted) < tolerance, "{level} {precision}");

            let mut shared = vec![f32::NAN; tokens * width];
            Team::gather(2, None, |team| attention.run(team, level, precision, &mut shared));
            prop_assert!(shared == context, "{level}: another result in a team");

            // Each sequence by itself, and first tokens only: the same bits.
            let (mut first_queries, mut first_contexts) = (Vec::new(), Vec::new());
            for pair in starts.windows(2).filter(|pair| pair[0] < pair[1]) {
                let rows = pair[0] * width..pair[1] * width;
                let mut alone = vec![f32::NAN; rows.len()];
                let one = Attention {
                    heads,
                    queries: &queries[rows.clone()],
                    keys_values: &keys_values[2 * rows.start..2 * rows.end],
                    starts: &[0, pair[1] - pair[0]],
                };
                one.run(&Team::alone(), level, precision, &mut alone);
                prop_assert!(alone == context[rows.clone()], "{level}: another result alone");
                first_queries.extend_from_slice(&queries[rows.start..rows.start + width]);
                first_contexts.extend_from_slice(&context[rows.start..rows.start + width]);
            }
            let mut some = starts.clone();
            some.dedup();
            if some.len() - 1 < tokens {
                let mut firsts = vec![f32::NAN; first_queries.len()];
                let firsts_only = Attention { heads, queries: &first_queries, keys_values: &keys_values, starts: &some };
                firsts_only.run(&Team::alone(), level, precision, &mut firsts);
                prop_assert!(firsts == first_contexts, "{level}: another result for first tokens");
            }
        }
    }
}

/// Wider than the words that pass through a tile at a time, for pairs too.
#[test]
fn wide_layers_equal_plain_loops() {
    let (rows, outputs) = (7, 37);
    for inputs in [257, 300, 512, 1_100] {
        let x = numbers(rows * inputs, 1);
        let (weight, bias) = (numbers(outputs * inputs, 2), numbers(outputs, 3));
        let wanted = plain(&x, &weight, &bias);
        for (level, precision) in levels_and_precisions() {
            let layers = [Dense { weight: &weight, bias: &bias }];
            let linear = Linear::pack(level, precision, inputs, &layers, 1.0);
            let error = distance(&run(&linear, &encoded(level, precision, &x, inputs)), &wanted);
            assert!(error <= tolerance(level, precision, inputs), "{level}, {precision}: {error}");
        }
    }
}

/// The largest sums of products there can be, of every pattern of signs: nothing saturates.
#[test]
fn sums_of_bytes_are_exact_at_the_extremes() {
    for inputs in [1, 2, 5, 8, 16, 30, 64, 256, 1_027] {
        let outputs = 256;
        let mut weight = Vec::new();
        for pattern in 0..outputs {
            for input in 0..inputs {
                let sign = if pattern >> (input % 8) & 1 == 1 { -1.0 } else { 1.0 };
                // Alike, so that groups are as heavy as they can be; or one that outweighs all.
                weight.push(if pattern % 3 == 2 && input % 8 > 0 { sign * 0.01 } else { sign });
            }
        }
        let bias = vec![0.0; outputs];
        // The highest input wherever a row of weights is positive, the lowest elsewhere; and the
        // other way round.
        let mut x = vec![1.0; inputs];
        x[inputs / 2] = 0.0;
        for row in weight.chunks(inputs).step_by(5) {
            x.extend(row.iter().map(|w| if *w > 0.0 { 1.0 } else { 0.0 }));
            x.extend(row.iter().map(|w| if *w > 0.0 { 0.0 } else { 1.0 }));
        }
        let layers = [Dense { weight: &weight, bias: &bias }];
        for level in Level::variants() {
            let twin = in_bytes(level, &x, &weight, &bias);
            let linear = Linear::pack(level, Precision::Int8, inputs, &layers, 1.0);
            let y = run(&linear, &encoded(level, Precision::Int8, &x, inputs));
            let error = distance(&y, &twin);
            assert!(error <= 2e-6 * inputs as f64, "{level}, {inputs} inputs: {error}");
        }
    }
}

#[test]
fn layers_beside_each_other_are_as_each_by_itself() {
    let (rows, inputs) = (5, 40);
    let x = numbers(rows * inputs, 1);
    let weight = numbers(100 * inputs, 2);
    let bias = numbers(100, 3);
    for (level, precision) in levels_and_precisions() {
        let pack = |outputs: usize| {
            let layer = Dense { weight: &weight[..outputs * inputs], bias: &bias[..outputs] };
            Linear::pack(level, precision, inputs, &[layer], 1.0)
        };
        let (first, second, third) = (pack(37), pack(1), pack(100));
        let input = encoded(level, precision, &x, inputs);
        let wanted = [&first, &second, &third].map(|layer| run(layer, &input));
        for threads in [1, 3] {
            let results = Team::gather(threads, None, |team| {
                let mut results = [37, 1, 100].map(|outputs| vec![f32::NAN; rows * outputs]);
                let [a, b, c] = &mut results;
                let layers = [(&first, a.as_mut_slice()), (&second, b.as_mut_slice()), (&third, c)];
                Linear::run_beside(team, &input, layers);
                results
            });
            assert_eq!(results, wanted, "{level}, {precision}");
        }
    }
}

/// At every place of a row: in whole vectors, behind them, and in the last.
#[test]
fn what_is_not_a_number_stays_visible_at_every_precision() {
    let (inputs, outputs) = (150, 5);
    let (x, weight) = (numbers(2 * inputs, 1), numbers(outputs * inputs, 2));
    for (level, precision) in levels_and_precisions() {
        for bad in [f32::NAN, f32::INFINITY] {
            for place in [0, 63, 64, 127, 140, 149] {
                let mut sick = x.clone();
                sick[place] = bad;
                let layers = [Dense { weight: &weight, bias: &[0.0; 5] }];
                let linear = Linear::pack(level, precision, inputs, &layers, 1.0);
                let y = run(&linear, &encoded(level, precision, &sick, inputs));
                let (sick, well) = y.split_at(outputs);
                assert!(sick.iter().all(|y| !y.is_finite()), "{level}, {precision}: {sick:?}");
                assert!(well.iter().all(|y| y.is_finite()), "{level}, {precision}: {well:?}");

                let mut sick = weight.clone();
                sick[inputs + place] = bad;
                let layers = [Dense { weight: &sick, bias: &[0.0; 5] }];
                let linear = Linear::pack(level, precision, inputs, &layers, 1.0);
                let y = run(&linear, &encoded(level, precision, &x[..inputs], inputs));
                assert_eq!(
                    y.iter().map(|y| y.is_finite()).collect::<Vec<_>>(),
                    [true, false, true, true, true],
                    "{level}, {precision}: {y:?}"
                );
            }
        }
    }
}

#[test]
#[should_panic(expected = "without inputs")]
fn a_layer_without_inputs_is_refused() {
    let layers = [Dense { weight: &[], bias: &[0.0] }];
    let _ = Linear::pack(Level::best(), Precision::F32, 0, &layers, 1.0);
}

#[test]
fn a_factor_multiplies_weights_and_biases() {
    let (weight, bias, x) = (numbers(12 * 20, 1), numbers(12, 2), numbers(20, 3));
    let layers = [Dense { weight: &weight, bias: &bias }];
    for level in Level::variants() {
        for precision in PRECISIONS {
            let input = encoded(level, precision, &x, 20);
            let plain = run(&Linear::pack(level, precision, 20, &layers, 1.0), &input);
            let scaled = run(&Linear::pack(level, precision, 20, &layers, 0.125), &input);
            let eighths: Vec<f64> = plain.iter().map(|&y| f64::from(y) / 8.0).collect();
            assert!(distance(&scaled, &eighths) < 1e-6, "{level} {precision}");
        }
    }
}

#[test]
fn rows_and_weights_of_one_value_are_exact() {
    for level in Level::variants() {
        let weight = [[0.0; 40], [0.5; 40]].concat();
        let layers = [Dense { weight: &weight, bias: &[1.0, 2.0] }];
        let linear = Linear::pack(level, Precision::Int8, 40, &layers, 1.0);
        let y = run(&linear, &encoded(level, Precision::Int8, &[3.0; 40], 40));
        assert!((y[0] - 1.0).abs() < 1e-6 && (y[1] - 62.0).abs() < 1e-4, "{level}: {y:?}");
    }
}

#[test]
#[should_panic(expected = "another encoding")]
fn input_of_another_precision_is_refused() {
    let linear = Linear::pack(
        Level::best(),
        Precision::Int8,
        4,
        &[Dense { weight: &[1.0; 4], bias: &[0.0] }],
        1.0,
    );
    run(&linear, &encoded(Level::best(), Precision::F32, &[1.0; 4], 4));
}

#[test]
fn precisions_are_found_by_name() {
    for precision in PRECISIONS {
        assert_eq!(precision.to_string().parse(), Ok(precision));
    }
    assert!("int4".parse::<Precision>().is_err_and(|error| error.contains("int8")));
}

/// Every thousandth from -9 to 9, not a random few: the error has narrow peaks. And some far out,
/// where a small error of the share is large beside the number.
#[test]
fn a_rounded_gelu_is_near_the_exact_one() {
    let far = [-1e30, -1e4, -1e3, -100.0, -31.0, 31.0];
    let near = (-9_000..=9_000).map(|thousandths| thousandths as f32 / 1_000.0);
    let x: Vec<f32> = far.into_iter().chain(near).collect();
    for level in Level::variants() {
        let mut exact = vec![0.0; x.len()];
        kernels::elementwise::gelu(level, &x, &mut exact);
        let exact: Vec<f64> = exact.iter().map(|&y| f64::from(y)).collect();
        for precision in [Precision::Bf16, Precision::Int8] {
            let (mut encoded, mut values) = (Encoded::default(), x.clone());
            let columns = values.len();
            encoded.encode(&Team::alone(), level, precision, Before::Gelu, &mut values, columns);
            let error = distance(&values, &exact);
            assert!(error < 1e-4, "{level}, {precision}: {error}");
        }
    }
}
