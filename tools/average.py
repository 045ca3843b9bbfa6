#!/usr/bin/env python3
"""Writes the mean of the weights of checkpoints that were trained from one another.

    python3 tools/average.py OUTPUT CHECKPOINT=SHARE CHECKPOINT=SHARE ...

The shares sum to 1. Everything else is the first checkpoint's; threshold and temperature do not hold for the mean, so
run `train calibrate` on it. Needs numpy and safetensors (tools/requirements-teacher.txt).
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    output = Path(sys.argv[1])
    parts = [(Path(folder), float(share)) for folder, share in (part.rsplit("=", 1) for part in sys.argv[2:])]
    if abs(sum(share for _, share in parts) - 1) > 1e-9:
        sys.exit("error: the shares must sum to 1")
    if output.exists():
        sys.exit(f"error: {output} is there already")
    first = parts[0][0]
    mean, types = {}, {}
    for folder, share in parts:
        for name, tensor in load_file(folder / "model.safetensors").items():
            types[name] = tensor.dtype
            mean[name] = mean.get(name, 0) + numpy.float32(share) * tensor.astype(numpy.float32)
    with safe_open(first / "model.safetensors", "numpy") as file:
        metadata = file.metadata()
    shutil.copytree(first, output)
    weights = output / "model.safetensors"
    save_file({name: tensor.astype(types[name]) for name, tensor in mean.items()}, weights, metadata=metadata)
    config = json.loads((output / "config.json").read_text())
    config["threat_indicator"]["weights_sha256"] = sha256(weights)
    (output / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    record = json.loads((output / "training.json").read_text())
    record["mean_of"] = [
        {"weights_sha256": sha256(folder / "model.safetensors"), "share": share} for folder, share in parts
    ]
    (output / "training.json").write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
