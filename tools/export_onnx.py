"""Writes a checkpoint's whole classifier as ONNX, with its tokenizer beside it.

    python tools/export_onnx.py CHECKPOINT FOLDER

FOLDER/model.onnx takes `input_ids`, `attention_mask` and `token_type_ids` (int64, `[texts, pieces]`)
and returns `logits` and the calibrated `scores` (float32, `[texts]`). FOLDER/tokenizer.json pads, and
cuts where the model stops reading. README.md in this folder says how to use both.

The graph is written node by node: numpy, safetensors and onnx are all that is needed.
"""

import argparse
import json
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

OPSET = 17  # the first with LayerNormalization
IR_VERSION = 8
# Added to the attention scores of padding: exp() of it is 0.
PADDING = -10_000.0


class Graph:
    """Nodes and constants; every method adds one node and returns the name of its output."""

    def __init__(self):
        self.nodes, self.constants = [], {}

    def constant(self, name, array):
        self.constants[name] = numpy_helper.from_array(array.copy(order="C"), name)
        return name

    def number(self, value):
        return self.constant(f"number {value!r}", numpy.array(value, dtype=numpy.float32))

    def whole(self, values):
        return self.constant(f"whole {values}", numpy.array(values, dtype=numpy.int64))

    def add(self, kind, inputs, output=None, **attributes):
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output


class Network:
    """ELECTRA, its pooler and its head, from tensors under Hugging Face's names."""

    def __init__(self, config, tensors):
        self.config, self.tensors, self.graph = config, tensors, Graph()

    def tensor(self, name, transposed=False):
        """A tensor of the checkpoint in single precision; dense weights become `[in, out]`."""
        array = self.tensors[name].astype(numpy.float32)
        return self.graph.constant(name, array.T if transposed else array)

    def dense(self, inputs, name):
        product = self.graph.add("MatMul", [inputs, self.tensor(f"{name}.weight", transposed=True)])
        return self.graph.add("Add", [self.tensor(f"{name}.bias"), product])

    def layer_norm(self, inputs, name):
        weight, bias = (self.tensor(f"{name}.LayerNorm.{part}") for part in ("weight", "bias"))
        epsilon = self.config.get("layer_norm_eps", 1e-12)
        return self.graph.add("LayerNormalization", [inputs, weight, bias], axis=-1, epsilon=epsilon)

    def embeddings(self):
        """`[texts, pieces, hidden]`"""
        graph, table = self.graph, "electra.embeddings.{}_embeddings.weight".format
        words = graph.add("Gather", [self.tensor(table("word")), "input_ids"])
        types = graph.add("Gather", [self.tensor(table("token_type")), "token_type_ids"])
        shape = graph.add("Shape", ["input_ids"])
        length = graph.add("Slice", [shape, graph.whole([1]), graph.whole([2])])
        positions = graph.add(
            "Slice",
            [self.tensor(table("position")), graph.whole([0]), length, graph.whole([0])],
        )
        total = graph.add("Add", [graph.add("Add", [words, types]), positions])
        hidden = self.layer_norm(total, "electra.embeddings")
        if "electra.embeddings_project.weight" in self.tensors:
            hidden = self.dense(hidden, "electra.embeddings_project")
        return hidden

    def mask(self):
        """0 for word pieces and a large negative number for padding, `[texts, 1, 1, pieces]`."""
        graph = self.graph
        rows = graph.add("Unsqueeze", ["attention_mask", graph.whole([1])])
        rows = graph.add("Unsqueeze", [rows, graph.whole([2])])
        rows = graph.add("Cast", [rows], to=TensorProto.FLOAT)
        padding = graph.add("Sub", [graph.number(1.0), rows])
        return graph.add("Mul", [padding, graph.number(PADDING)])

    def attention(self, hidden, mask, name):
        """Scaled dot products of all heads, `[texts, pieces, hidden]`."""
        graph, heads = self.graph, self.config["num_attention_heads"]
        size = self.config["hidden_size"] // heads

        def by_head(projection, order):
            projected = self.dense(hidden, f"{name}.attention.self.{projection}")
            split = graph.add("Reshape", [projected, graph.whole([0, 0, heads, size])])
            return graph.add("Transpose", [split], perm=order)

        query, key = by_head("query", [0, 2, 1, 3]), by_head("key", [0, 2, 3, 1])
        products = graph.add("MatMul", [query, key])
        products = graph.add("Div", [products, graph.number(float(numpy.sqrt(size)))])
        shares = graph.add("Softmax", [graph.add("Add", [products, mask])], axis=-1)
        mixed = graph.add("MatMul", [shares, by_head("value", [0, 2, 1, 3])])
        joined = graph.add("Transpose", [mixed], perm=[0, 2, 1, 3])
        return graph.add("Reshape", [joined, graph.whole([0, 0, heads * size])])

    def gelu(self, inputs):
        """`x (1 + erf(x / √2)) / 2`"""
        graph = self.graph
        erf = graph.add("Erf", [graph.add("Div", [inputs, graph.number(float(numpy.sqrt(2.0)))])])
        share = graph.add("Add", [erf, graph.number(1.0)])
        return graph.add("Mul", [graph.add("Mul", [inputs, share]), graph.number(0.5)])

    def layer(self, hidden, mask, name):
        graph = self.graph
        mixed = self.dense(self.attention(hidden, mask, name), f"{name}.attention.output.dense")
        hidden = self.layer_norm(graph.add("Add", [mixed, hidden]), f"{name}.attention.output")
        wide = self.gelu(self.dense(hidden, f"{name}.intermediate.dense"))
        narrow = self.dense(wide, f"{name}.output.dense")
        return self.layer_norm(graph.add("Add", [narrow, hidden]), f"{name}.output")

    def classifier(self, temperature, shift):
        """The whole graph: `logits` and `scores`, `[texts]`."""
        graph = self.graph
        hidden, mask = self.embeddings(), self.mask()
        for index in range(self.config["num_hidden_layers"]):
            hidden = self.layer(hidden, mask, f"electra.encoder.layer.{index}")
        first = graph.constant("first piece", numpy.array(0, dtype=numpy.int64))
        pooled = graph.add("Gather", [hidden, first], axis=1)
        pooled = graph.add("Tanh", [self.dense(pooled, "pooler.dense")])
        column = self.dense(pooled, "classifier")
        logits = graph.add("Squeeze", [column, graph.whole([1])], output="logits")
        moved = graph.add("Sub", [logits, graph.number(float(shift))]) if shift else logits
        calibrated = graph.add("Div", [moved, graph.number(float(temperature))])
        graph.add("Sigmoid", [calibrated], output="scores")
        return graph


def build(checkpoint):
    """A checkpoint's classifier as an ONNX model."""
    checkpoint = Path(checkpoint)
    config, calibration = read(checkpoint / "config.json"), read(checkpoint / "calibration.json")
    tensors = load_file(checkpoint / "model.safetensors")
    graph = Network(config, tensors).classifier(calibration["temperature"], calibration.get("shift", 0))
    pieces, texts = ["texts", "pieces"], ["texts"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "threat-indicator",
            [helper.make_tensor_value_info(name, TensorProto.INT64, pieces)
             for name in ("input_ids", "attention_mask", "token_type_ids")],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, texts)
             for name in ("logits", "scores")],
            list(graph.constants.values()),
        ),
        producer_name="threat-indicator",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    settings = config["threat_indicator"]
    facts = {key: calibration[key] for key in ("temperature", "threshold", "bands")}
    facts |= {"shift": calibration["shift"]} if "shift" in calibration else {}
    facts |= {key: settings.get(key)
              for key in ("name", "version", "languages", "max_length", "normaliser_version")}
    helper.set_model_props(model, {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()
    })
    onnx.checker.check_model(model, full_check=True)
    return model


def tokenizer(checkpoint):
    """The checkpoint's `tokenizer.json`, told to pad and where to cut."""
    checkpoint = Path(checkpoint)
    settings, config = read(checkpoint / "tokenizer.json"), read(checkpoint / "config.json")
    settings["truncation"] = {
        "direction": "Right",
        "max_length": config["threat_indicator"]["max_length"],
        "strategy": "LongestFirst",
        "stride": 0,
    }
    settings["padding"] = {
        "strategy": "BatchLongest",
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": config.get("pad_token_id", 0),
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    return settings


def export(checkpoint, folder):
    """Writes `model.onnx` and `tokenizer.json`."""
    folder = Path(folder)
    model, pieces = build(checkpoint), tokenizer(checkpoint)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    with open(folder / "tokenizer.json", "w", encoding="utf-8") as target:
        json.dump(pieces, target, ensure_ascii=False)


def read(path):
    with open(path, encoding="utf-8") as source:
        return json.load(source)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder of a trained model")
    parser.add_argument("folder", type=Path, help="where model.onnx and tokenizer.json go")
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.folder)
    print(f"{arguments.folder / 'model.onnx'} and tokenizer.json are written")
    for other in read(arguments.checkpoint / "config.json")["threat_indicator"].get("others", []):
        print(f"this is the main model; for the other, export {arguments.checkpoint / other['folder']} as well")
