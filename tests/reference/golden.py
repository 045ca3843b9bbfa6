"""Writes what `transformers` computes for tiny random models to crates/model/tests/golden.

    .venv/bin/python tests/reference/golden.py

crates/model/tests/golden.rs holds the project's own network and tokenizer to it:

    electra/    config.json, model.safetensors, vocab.txt, as save_pretrained writes them
    bert/       config.json, pytorch_model.bin, vocab.txt, with the prefixes, the pretraining head
                and the gamma and beta of old checkpoints
    unigram/    tokenizer.json of the kind that XLM-R has
    head.safetensors    two heads for the tiny ELECTRA: an identity pooler and a random one
    golden.json         token ids of some texts, hidden states and logits of some sequences
"""

import json
import string
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertTokenizer, PreTrainedTokenizerFast

import random_model

GOLDEN = Path(__file__).resolve().parents[2] / "crates" / "model" / "tests" / "golden"

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MADE_UP = ["the", "zum", "##zum", "blor", "##blor", "##ing", "qua", "##qual", "##ity", "@", "user",
           "grom", "##om", "snee", "##pf", "##pfel", "wick", "##ick"]
VOCABULARY = (
    SPECIAL
    + list(string.ascii_lowercase)
    + [f"##{letter}" for letter in string.ascii_lowercase]
    + list(string.digits)
    + list(".,!?'-#:")
    + MADE_UP
)
PADDED_TO = 120

TEXTS = [
    "The zumblor quality, grom!",
    "blorblor blorzum Zumqualing",
    "Café résumé naïve",
    "@user wickick: it's 2018-05",
    "snow ☃ in tea 茶",
    "a" * 120,
    "sneepfel sneepf #tag",
]

# Pieces of the Unigram kind with the logarithms of their frequencies, and texts that they spell in more than one way.
UNIGRAM = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("\u2581", -3.0)]
UNIGRAM += [(letter, -7.0 - index / 50) for index, letter in enumerate("abcdefghijklmnopqrstuvwxyzéابتدرسلمنهوي0123456789.,!?'-#:@")]
UNIGRAM += [("\u2581the", -4.0), ("\u2581zum", -6.0), ("blor", -6.5), ("ing", -4.5), ("\u2581qua", -6.0), ("qual", -7.5), ("ity", -5.5),
            ("\u2581@", -5.0), ("user", -6.0), ("\u2581سلام", -6.5), ("سل", -6.0), ("\u2581ال", -4.5), ("نا", -5.5), ("\u2581x", -8.0), ("<mask>", 0.0)]
UNIGRAM_TEXTS = [
    "the zumblor quality, ing!",
    "zumqualing   blorblor",
    "السلام سلام سلنا ﺳﻼﻡ",
    "é ﬁne ① ２",
    "@user: it's 2018-05",
    "snow ☃ in the tea 茶",
    "quaquaqua#ing",
]

SEQUENCES = [
    [2, 5, 70, 3],
    [2, 40, 41, 42, 99, 100, 7, 8, 9, 10, 11, 12, 64, 3],
    [2, 3],
    [2, 110, 30, 31, 32, 77, 3],
    [2, *range(20, 50), 3],
]

SIZES = dict(
    vocab_size=PADDED_TO,
    num_hidden_layers=2,
    num_attention_heads=4,
    intermediate_size=64,
    max_position_embeddings=64,
)


def rounded(tensor):
    return [round(value, 7) for value in tensor.flatten().tolist()]


def write_vocabulary(folder):
    filler = [f"[unused{index}]" for index in range(PADDED_TO - len(VOCABULARY))]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY + filler) + "\n", encoding="utf-8")


def unigram():
    """A tokenizer as XLM-R's."""
    tokenizer = Tokenizer(models.Unigram(UNIGRAM, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    frame = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=frame)
    return tokenizer


def old_bert_names(state):
    """A state dict as BERT's first checkpoints have it."""
    renamed = {}
    for name, tensor in state.items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
        renamed["bert." + name.replace("LayerNorm.bias", "LayerNorm.beta")] = tensor
    renamed["bert.embeddings.position_ids"] = torch.arange(64).unsqueeze(0)
    renamed["cls.seq_relationship.weight"] = torch.zeros(2, 32)
    return renamed


def heads(first):
    """Two heads with their logits on first-token states `[sequences, 32]`."""
    generator = torch.Generator().manual_seed(3)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    weights, logits = {}, {}
    for name, pooler, pooler_bias in [
        ("identity", torch.eye(32), torch.zeros(32)),
        ("random", draw(32, 32) / 32**0.5, 0.1 * draw(32)),
    ]:
        classifier, bias = draw(1, 32), draw(1)
        pooled = torch.tanh(torch.nn.functional.linear(first, pooler, pooler_bias))
        logits[name] = rounded(torch.nn.functional.linear(pooled, classifier, bias))
        weights |= {
            f"{name}.pooler.dense.weight": pooler,
            f"{name}.pooler.dense.bias": pooler_bias,
            f"{name}.classifier.weight": classifier,
            f"{name}.classifier.bias": bias,
        }
    return weights, logits


def main():
    for folder in ["electra", "bert"]:
        write_vocabulary(GOLDEN / folder)

    (GOLDEN / "unigram").mkdir(exist_ok=True)
    unigram().save(str(GOLDEN / "unigram" / "tokenizer.json"))
    # No special pieces are named: a text that spells one means the word.
    of_unigram = PreTrainedTokenizerFast(tokenizer_object=unigram(), unk_token="<unk>")

    electra = random_model.electra(1, embedding_size=16, hidden_size=32, **SIZES)
    electra.save_pretrained(GOLDEN / "electra")
    electra_hidden = random_model.hidden_states(electra, SEQUENCES)

    bert = random_model.bert(2, hidden_size=32, **(SIZES | {"num_hidden_layers": 1}))
    bert.config.save_pretrained(GOLDEN / "bert")
    torch.save(old_bert_names(bert.state_dict()), GOLDEN / "bert" / "pytorch_model.bin")

    weights, logits = heads(torch.stack([hidden[0] for hidden in electra_hidden]))
    save_file(weights, GOLDEN / "head.safetensors")

    tokenizer = BertTokenizer(vocab=str(GOLDEN / "electra" / "vocab.txt"))
    golden = {
        "texts": [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in TEXTS],
        "unigram": [{"text": text, "ids": of_unigram(text)["input_ids"]} for text in UNIGRAM_TEXTS],
        "sequences": SEQUENCES,
        "electra": [rounded(hidden) for hidden in electra_hidden],
        "bert": [rounded(hidden) for hidden in random_model.hidden_states(bert, SEQUENCES)],
        "logits": logits,
    }
    lines = json.dumps(golden, ensure_ascii=True).replace("], [", "],\n [").replace("], \"", "],\n\"")
    (GOLDEN / "golden.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
