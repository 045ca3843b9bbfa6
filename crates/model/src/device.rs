//! Where Burn computes: chosen once by name, never by default.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;

use crate::ModelError;

/// A device as a person names it: `cpu`, `ndarray` or `gpu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceKind {
    /// The processor, through Burn's `flex` backend and this project's own kernels.
    #[default]
    Cpu,
    /// The processor, through Burn's deprecated `ndarray` backend (cargo feature `ndarray`).
    Ndarray,
    /// A graphics card, through `wgpu` (cargo feature `gpu`).
    Gpu,
}

impl DeviceKind {
    /// Opens the device.
    ///
    /// # Errors
    /// [`ModelError::Device`] if this build lacks the backend or the machine the hardware.
    pub fn open(self) -> Result<Device, ModelError> {
        match self {
            Self::Cpu => Ok(Device::flex()),
            Self::Ndarray => open_ndarray(),
            Self::Gpu => open_gpu(),
        }
    }

    /// Whether tensors lie in this process's own memory.
    pub fn is_host(self) -> bool {
        !matches!(self, Self::Gpu)
    }
}

#[cfg(feature = "ndarray")]
#[allow(deprecated, clippy::unnecessary_wraps)] // deprecated upstream; asked for by name only
fn open_ndarray() -> Result<Device, ModelError> {
    Ok(Device::ndarray())
}

#[cfg(not(feature = "ndarray"))]
fn open_ndarray() -> Result<Device, ModelError> {
    Err(not_compiled_in("ndarray"))
}

/// `THREAT_GPU=software` takes a software Vulkan driver, for tests on machines without a GPU.
#[cfg(feature = "gpu")]
fn open_gpu() -> Result<Device, ModelError> {
    use burn::tensor::DeviceKind as Wgpu;
    let kind = match std::env::var("THREAT_GPU").as_deref() {
        Ok("software") => Wgpu::Cpu,
        _ => Wgpu::DefaultDevice,
    };
    Device::wgpu_options().device_kind(kind).init().map_err(|error| {
        ModelError::Device(format!("no GPU could be opened ({error:?}): use --device cpu"))
    })
}

#[cfg(not(feature = "gpu"))]
fn open_gpu() -> Result<Device, ModelError> {
    Err(not_compiled_in("gpu"))
}

#[cfg(not(all(feature = "gpu", feature = "ndarray")))]
fn not_compiled_in(name: &str) -> ModelError {
    ModelError::Device(format!(
        "this build has no device `{name}`: add `--features {name}` to the cargo command, or use --device cpu"
    ))
}

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "cpu" | "flex" => Ok(Self::Cpu),
            "ndarray" => Ok(Self::Ndarray),
            "gpu" | "wgpu" => Ok(Self::Gpu),
            other => Err(format!("unknown device `{other}`: expected cpu, gpu or ndarray")),
        }
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "cpu",
            Self::Ndarray => "ndarray",
            Self::Gpu => "gpu",
        })
    }
}
