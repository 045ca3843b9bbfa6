"""Random ELECTRA and BERT models of any size, every parameter of which matters.

A freshly built model of `transformers` has biases of 0 and layer norms that are the identity, so
that a reader which mixed them up would still agree with it. Here every parameter is drawn.
"""

import torch
from transformers import BertConfig, BertModel, ElectraConfig, ElectraModel


def randomise(module, seed):
    """Draws every parameter of `module` anew; dense weights keep the variance of what they see."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(module.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "LayerNorm.weight" in name:
                parameter.copy_(1 + 0.1 * noise)
            elif parameter.dim() == 1:
                parameter.copy_(0.1 * noise)
            else:
                parameter.copy_(noise / parameter.shape[1] ** 0.5)
    return module.eval()


def electra(seed, **sizes):
    """`sizes` are those of `ElectraConfig`; what is left out is as in ELECTRA-small."""
    return randomise(ElectraModel(ElectraConfig(**sizes)), seed)


def bert(seed, **sizes):
    """`sizes` are those of `BertConfig`."""
    return randomise(BertModel(BertConfig(**sizes), add_pooling_layer=False), seed)


def hidden_states(model, sequences):
    """Last hidden states of token id lists, computed in one padded batch; one tensor each."""
    longest = max(map(len, sequences))
    ids = torch.zeros(len(sequences), longest, dtype=torch.long)
    mask = torch.zeros(len(sequences), longest, dtype=torch.long)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    with torch.no_grad():
        hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    return [hidden[row, : len(sequence)] for row, sequence in enumerate(sequences)]
