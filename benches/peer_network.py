"""A checkpoint's network as PyTorch and as ONNX, as its users would deploy it.

    python benches/peer_network.py CHECKPOINT FOLDER      # writes FOLDER/fused.onnx, FOLDER/int8.onnx

The ONNX graph is that of tools/export_onnx.py. ONNX Runtime gets its transformer fusions, and int8
is quantised with its own tool: the comparison is with its best, not with its default.
"""

import argparse
import csv
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / "tools"


def comparable(bench, checkpoint, tweets):
    """Those tweets of a CSV file for which others compute the same as our scorer, each with its normalised text."""
    command = [bench, "comparable", checkpoint, tweets]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def write_texts(path, texts):
    """A CSV file of one column."""
    with open(path, "w", newline="", encoding="utf-8") as target:
        writer = csv.writer(target)
        writer.writerow(["text"])
        writer.writerows([text] for text in texts)


def rectangle(sequences):
    """Ids and mask `[sequences, longest]`."""
    import numpy

    longest = max(len(ids) for ids in sequences)
    ids = numpy.zeros((len(sequences), longest), dtype=numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = sequence
        mask[row, : len(sequence)] = 1
    return ids, mask


def tokenizer(checkpoint):
    """Cuts normalised text into word pieces as our scorer does."""
    from tokenizers import Tokenizer

    opened = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    opened.no_padding()
    # The words of special tokens in a text are plain text.
    opened.encode_special_tokens = True
    with open(checkpoint / "config.json", encoding="utf-8") as source:
        opened.enable_truncation(json.load(source)["threat_indicator"]["max_length"])
    return opened


def network(checkpoint):
    """transformers' ELECTRA from the checkpoint, with the head that ours adds."""
    import torch
    from safetensors.torch import load_file
    from transformers import ElectraModel, logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()

    tensors = load_file(checkpoint / "model.safetensors")

    class Threat(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.electra = ElectraModel.from_pretrained(
                checkpoint, attn_implementation="sdpa", dtype=torch.float32
            )
            hidden = self.electra.config.hidden_size
            self.pooler = torch.nn.Linear(hidden, hidden)
            self.classifier = torch.nn.Linear(hidden, 1)
            for name, layer in (("pooler.dense", self.pooler), ("classifier", self.classifier)):
                layer.weight.data = tensors[f"{name}.weight"].float()
                layer.bias.data = tensors[f"{name}.bias"].float()

        def forward(self, ids, mask):
            first = self.electra(input_ids=ids, attention_mask=mask).last_hidden_state[:, 0]
            return self.classifier(torch.tanh(self.pooler(first)))[:, 0]

    return Threat().eval()


def export(checkpoint, folder):
    """Writes an ONNX file with fused attention, GELU and layer norm."""
    import onnx
    from onnxruntime.transformers import optimizer
    from onnxruntime.transformers.fusion_options import FusionOptions

    sys.path.insert(0, str(TOOLS))
    import export_onnx

    plain = folder / "plain.onnx"
    onnx.save(export_onnx.build(checkpoint), plain)
    config = export_onnx.read(checkpoint / "config.json")
    optimized = optimizer.optimize_model(
        str(plain),
        model_type="bert",
        num_heads=config["num_attention_heads"],
        hidden_size=config["hidden_size"],
        optimization_options=FusionOptions("bert"),
        # ONNX Runtime's own pass before the fusions wants torch installed, of which it reads the version. It
        # makes the same pass when the file is opened.
        opt_level=None if find_spec("torch") else 0,
    )
    fused_layers = optimized.get_fused_operator_statistics()
    missing = [name for name in ("Attention", "BiasGelu", "SkipLayerNormalization")
               if fused_layers[name] < config["num_hidden_layers"]]
    if missing:
        raise SystemExit(f"ONNX Runtime did not fuse {missing}: the comparison would be unfair")
    fused = folder / "fused.onnx"
    optimized.save_model_to_file(str(fused))
    return fused


def quantise(fused, folder):
    """Writes the int8 version of an exported file: weights by channel, activations as they come."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantised = folder / "int8.onnx"
    quantize_dynamic(
        str(fused),
        str(quantised),
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
    return quantised


def export_apart(checkpoint, folder):
    """Writes both files in a process of its own, whose memory goes with it."""
    command = [sys.executable, __file__, checkpoint, folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def session(path, threads):
    """ONNX Runtime with a file open, and all its optimisations on."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])


def onnx_logits(session, sequences):
    """The logits of sequences of word pieces."""
    import numpy

    ids, mask = rectangle(sequences)
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
    return session.run(["logits"], inputs)[0]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    quantise(export(arguments.checkpoint, arguments.folder), arguments.folder)
