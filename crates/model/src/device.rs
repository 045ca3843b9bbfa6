//! The device that Burn computes on: chosen once by name, never by default.

use burn::tensor::Device;
use kernels::DeviceKind;

use crate::ModelError;

/// Opens a device.
///
/// # Errors
/// [`ModelError::Device`] if this build lacks the backend or the machine the hardware.
pub fn open(kind: DeviceKind) -> Result<Device, ModelError> {
    match kind {
        DeviceKind::Cpu => Ok(Device::flex()),
        DeviceKind::Ndarray => open_ndarray(),
        DeviceKind::Gpu | DeviceKind::SoftwareGpu => open_gpu(kind),
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

#[cfg(feature = "gpu")]
fn open_gpu(kind: DeviceKind) -> Result<Device, ModelError> {
    use burn::tensor::DeviceKind as Wgpu;
    let kind = match kind {
        DeviceKind::SoftwareGpu => Wgpu::Cpu,
        _ => Wgpu::DefaultDevice,
    };
    Device::wgpu_options().device_kind(kind).init().map_err(|error| {
        ModelError::Device(format!(
            "no GPU could be opened ({error:?}); the device cpu is always there"
        ))
    })
}

#[cfg(not(feature = "gpu"))]
fn open_gpu(_kind: DeviceKind) -> Result<Device, ModelError> {
    Err(not_compiled_in("gpu"))
}

#[cfg(not(all(feature = "gpu", feature = "ndarray")))]
fn not_compiled_in(name: &str) -> ModelError {
    ModelError::Device(format!(
        "this build has no device {name}: it needs the cargo feature `{name}`; the device cpu is always there"
    ))
}
