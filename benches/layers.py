"""Our packed layers against ONNX Runtime's, at the shapes of ELECTRA-small, on one thread.

    python benches/layers.py [ROWS] [--rounds 3]

`cargo run -p kernels --example layers` (`THREAT_KERNELS` forces its level, but not ONNX Runtime's, which
takes the best that the CPU has) and ONNX Runtime run one after the other in every round; a figure is the best of all rounds, and the ratio that of the two best.
Both begin with f32 numbers: int8 includes rounding the input, on both sides by the row's or the
matrix's own range, with weights rounded by output and packed before.
"""

import argparse
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from onnx_export import session

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ((256, 256), (256, 512), (256, 1024), (1024, 256))
LINE = re.compile(r"(\d+) -> (\d+) +(\w+) +([\d.]+) billion operations/s, encoding ([\d.]+) ns")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=int, nargs="?", default=192)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    build = ["cargo", "build", "--quiet", "-p", "kernels", "--example", "layers"]
    subprocess.run(build, cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as scratch:
        theirs = {
            (*shape, precision): session(layer(Path(scratch), *shape, precision), 1)
            for shape in SHAPES
            for precision in ("f32", "int8")
        }
        best = {}
        for _ in range(arguments.rounds):
            level, figures = ours(arguments.rows)
            for key, run in theirs.items():
                figures[key] = (figures[key], timed(run, arguments.rows, key[0]))
                earlier = best.get(key, (float("inf"), float("inf")))
                best[key] = tuple(map(min, figures[key], earlier))
    print(f"{level}\n\n| layer | ours µs | ONNX Runtime µs | theirs / ours |\n|---|---|---|---|")
    for (inputs, outputs, precision), (us, them) in best.items():
        name = f"{inputs} → {outputs} {precision}"
        print(f"| {name} | {us * 1e6:.0f} | {them * 1e6:.0f} | {them / us:.2f} |")


def ours(rows):
    """Seconds by shape and precision, and what the example says of its level."""
    example = ROOT / "target" / "debug" / "examples" / "layers"
    output = subprocess.run([example, str(rows)], capture_output=True, text=True, check=True).stdout
    figures = {}
    for match in LINE.finditer(output):
        inputs, outputs, precision = int(match[1]), int(match[2]), match[3]
        operations, encoding = 2 * rows * inputs * outputs, rows * inputs * float(match[5]) * 1e-9
        seconds = operations / (float(match[4]) * 1e9)
        # ONNX Runtime reads f32 where it lies; so might ours, and its copy does not count.
        figures[inputs, outputs, precision] = seconds + (encoding if precision != "f32" else 0)
    return output.splitlines()[0], figures


def layer(folder, inputs, outputs, precision):
    """A file of one layer."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weight = (numpy.sin(numpy.arange(inputs * outputs)) * 0.05).astype(numpy.float32)
    tensors = [
        onnx.numpy_helper.from_array(weight.reshape(outputs, inputs).T.copy(), "w"),
        onnx.numpy_helper.from_array(numpy.full(outputs, 0.5, numpy.float32), "b"),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", kind, ["rows", inputs])],
        [helper.make_tensor_value_info("y", kind, ["rows", outputs])],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / f"{inputs}-{outputs}.onnx"
    onnx.save(model, path)
    if precision == "f32":
        return path
    quantised = folder / f"{inputs}-{outputs}-int8.onnx"
    quantize_dynamic(path, quantised, weight_type=QuantType.QInt8, per_channel=True)
    return quantised


def timed(run, rows, inputs):
    """Seconds of the fastest of 200 runs."""
    x = numpy.cos(numpy.arange(rows * inputs)).astype(numpy.float32).reshape(rows, inputs)
    fastest = float("inf")
    for _ in range(200):
        start = time.perf_counter()
        run.run(None, {"x": x})
        fastest = min(fastest, time.perf_counter() - start)
    return fastest


if __name__ == "__main__":
    main()
