//! The device that a network computes on, by the name that a person gives it.

use std::fmt;
use std::str::FromStr;

/// A device: `cpu`, `ndarray` or `gpu`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceKind {
    /// The processor, with these kernels.
    #[default]
    Cpu,
    /// The processor, through Burn's deprecated `ndarray` backend (cargo feature `ndarray`).
    Ndarray,
    /// A graphics card, through `wgpu` (cargo feature `gpu`).
    Gpu,
    /// A software Vulkan driver, through `wgpu`: for tests on machines without a graphics card.
    SoftwareGpu,
}

impl DeviceKind {
    /// True if tensors lie in this process's own memory.
    pub fn is_host(self) -> bool {
        !matches!(self, Self::Gpu | Self::SoftwareGpu)
    }
}

impl FromStr for DeviceKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "cpu" | "flex" => Ok(Self::Cpu),
            "ndarray" => Ok(Self::Ndarray),
            "gpu" | "wgpu" => Ok(Self::Gpu),
            "gpu-software" => Ok(Self::SoftwareGpu),
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
            Self::SoftwareGpu => "gpu-software",
        })
    }
}
