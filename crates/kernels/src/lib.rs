//! SIMD arithmetic on slices: the only crate with unsafe code.
//!
//! Every kernel is written once over `lanes`, a handful of vector operations, and compiled for
//! each [`Level`]: AVX-512 and AVX2 with FMA, both with and without VNNI, and plain Rust that any CPU
//! runs (on ARM the compiler turns it into NEON). A `Level` can only be had on a CPU that supports it,
//! so the functions that take one are safe.
//!
//! ```
//! use kernels::{Level, Matrix, MatrixMut, Operands, Start, product};
//!
//! // y = x · wᵀ + bias, with a weight of PyTorch's layout [out, in].
//! let (x, weight, bias) = ([1.0, 2.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0], [0.0, 0.0, 10.0]);
//! let mut y = [0.0; 3];
//! product(
//!     Level::best(),
//!     Operands::F32,
//!     Matrix::new(&x, 1, 2),
//!     Matrix::new(&weight, 3, 2).transposed(),
//!     Start::Bias(&bias),
//!     MatrixMut::new(&mut y, 1, 3),
//! );
//! assert_eq!(y, [1.0, 2.0, 13.0]);
//! ```
//!
//! # Layout
//!
//! - [`level`]: which instructions to use: the fastest that the CPU has, or as a program says.
//! - [`device`]: the names of the devices that a network computes on.
//! - [`precision`]: how operands are rounded.
//! - [`mod@product`]: `C (+)= op(A) · op(B)` for training, f32 or bf16 operands; packed once for many
//!   products, or many of them over all threads.
//! - [`elementwise`]: GELU and its derivative, tanh, exp, sums.
//! - [`layer_norm`](mod@layer_norm): forward and backward.
//! - [`softmax`](mod@softmax): forward and backward, by rows.
//! - [`dropout`]: masks drawn from a key, the same again in the backward pass.
//! - [`adamw`]: the optimiser's update in one pass.
//! - [`linear`]: layers with weights packed once, in f32, bf16 or 8 bits, for inference.
//! - [`encoded`]: their input, with what is fused before it: GELU, residual, layer norm, rounding.
//! - [`attention`]: of each sequence by itself, without padding, for inference.
//! - [`team`]: threads that share many short steps.
//! - [`memory`]: used again instead of freed and fetched anew.
//! - [`mapped`]: files mapped into memory.
//! - `weights`: weights as bytes, and how far bytes go at a level.
//! - `tile`: the arithmetic of all products; `words`: what their packed operands hold.
//! - `lanes`: the vector operations of each level; `maths`: functions written over them.
//! - `vectorised`: the macro that compiles one body for every level.
//! - `buffer`: memory aligned to cache lines. `prefetch`: memory brought nearer.

#![allow(unsafe_code)] // this is the crate that the rest of the workspace leaves it to
#![allow(clippy::inline_always)] // a vector operation that is not inlined loses its registers

#[macro_use]
mod vectorised;

pub mod adamw;
pub mod attention;
mod buffer;
pub mod device;
pub mod dropout;
pub mod elementwise;
pub mod encoded;
mod lanes;
pub mod layer_norm;
pub mod level;
pub mod linear;
pub mod mapped;
mod maths;
pub mod memory;
pub mod precision;
mod prefetch;
pub mod product;
pub mod softmax;
pub mod team;
mod tile;
mod weights;
mod words;

pub use adamw::{AdamWUpdate, sum_of_squares};
pub use attention::Attention;
pub use device::DeviceKind;
pub use dropout::Dropout;
pub use encoded::{Before, Encoded};
pub use layer_norm::LayerNorm;
pub use level::{Level, UnknownLevel};
pub use linear::{Dense, Linear};
pub use mapped::MappedFile;
pub use memory::Memory;
pub use precision::{Operands, Precision};
pub use product::{
    Matrix, MatrixMut, PackedOperand, Start, pack_all, product, product_packed, products,
};
pub use team::Team;
