//! Functions of each number by itself, on the calling thread.

use crate::{Level, maths};

macro_rules! in_place {
    ($(#[$meta:meta])* $name:ident, $function:path) => {
        $(#[$meta])*
        pub fn $name(level: Level, values: &mut [f32]) {
            vectorised! {
                fn run<V>(values: &mut [f32]) {
                    for at in (0..values.len()).step_by(V::COUNT) {
                        $function(V::of(values, at)).put(values, at);
                    }
                }
            }
            run(level, values);
        }
    };
}

in_place!(
    /// eˣ of each number; saturates outside -87.3..=88.3.
    exp, maths::exp
);
in_place!(
    /// tanh of each number.
    tanh, maths::tanh
);

/// `output = gelu(input)`, the exact GELU; `input` stays for the backward pass. An infinite number
/// becomes NaN.
///
/// # Panics
/// If the lengths differ.
pub fn gelu(level: Level, input: &[f32], output: &mut [f32]) {
    vectorised! {
        fn run<V>(input: &[f32], output: &mut [f32]) {
            for at in (0..output.len()).step_by(V::COUNT) {
                maths::gelu(V::of(input, at)).put(output, at);
            }
        }
    }
    assert_eq!(input.len(), output.len(), "gelu: input and output differ in length");
    run(level, input, output);
}

/// `gradient *= gelu′(input)`: from that of the output to that of the input.
///
/// # Panics
/// If the lengths differ.
pub fn gelu_backward(level: Level, input: &[f32], gradient: &mut [f32]) {
    vectorised! {
        fn run<V>(input: &[f32], gradient: &mut [f32]) {
            for at in (0..gradient.len()).step_by(V::COUNT) {
                let slope = maths::gelu_slope(V::of(input, at));
                slope.mul(V::of(gradient, at)).put(gradient, at);
            }
        }
    }
    assert_eq!(input.len(), gradient.len(), "gelu_backward: input and gradient differ in length");
    run(level, input, gradient);
}

/// `values += addend`.
///
/// # Panics
/// If the lengths differ.
pub fn add(level: Level, values: &mut [f32], addend: &[f32]) {
    vectorised! {
        fn run<V>(values: &mut [f32], addend: &[f32]) {
            for at in (0..values.len()).step_by(V::COUNT) {
                V::of(values, at).add(V::of(addend, at)).put(values, at);
            }
        }
    }
    assert_eq!(values.len(), addend.len(), "add: the slices differ in length");
    run(level, values, addend);
}

/// Adds `bias` to each row of `values` `[rows, bias.len()]`.
///
/// # Panics
/// If `values` is not whole rows.
pub fn add_bias(level: Level, values: &mut [f32], bias: &[f32]) {
    vectorised! {
        fn run<V>(values: &mut [f32], bias: &[f32]) {
            for row in values.chunks_exact_mut(bias.len()) {
                for at in (0..row.len()).step_by(V::COUNT) {
                    V::of(row, at).add(V::of(bias, at)).put(row, at);
                }
            }
        }
    }
    if bias.is_empty() {
        return;
    }
    assert!(values.len().is_multiple_of(bias.len()), "add_bias: values are not whole rows");
    run(level, values, bias);
}

/// The sum of the rows of `values` `[rows, sums.len()]`: a bias's gradient. Overwrites `sums`.
///
/// # Panics
/// If `values` is not whole rows.
pub fn sum_rows(level: Level, values: &[f32], sums: &mut [f32]) {
    vectorised! {
        fn run<V>(values: &[f32], sums: &mut [f32]) {
            for row in values.chunks_exact(sums.len()) {
                for at in (0..row.len()).step_by(V::COUNT) {
                    V::of(sums, at).add(V::of(row, at)).put(sums, at);
                }
            }
        }
    }
    if sums.is_empty() {
        return;
    }
    assert!(values.len().is_multiple_of(sums.len()), "sum_rows: values are not whole rows");
    sums.fill(0.0);
    run(level, values, sums);
}
