"""Scores rows with ONNX Runtime as its users would: word pieces cut in Python, one session a process.

What `scale.py` puts beside ours in Spark and in Ray, where its workers import it. Rows of a batch are computed
in the order of their length, 64 together, which pads least.
"""

from functools import lru_cache
from pathlib import Path

from peer_network import onnx_logits, session, tokenizer

ROWS_TOGETHER = 64


def in_order_of_length(pieces, logits_of):
    """The logits of sequences, in their order, computed in batches of like length."""
    order = sorted(range(len(pieces)), key=lambda row: len(pieces[row]))
    logits = [0.0] * len(pieces)
    for start in range(0, len(order), ROWS_TOGETHER):
        rows = order[start : start + ROWS_TOGETHER]
        for row, logit in zip(rows, logits_of([pieces[row] for row in rows]).ravel().tolist()):
            logits[row] = logit
    return logits


class OnnxRows:
    """An open session and its tokenizer, of one thread."""

    def __init__(self, checkpoint, network):
        self._tokenizer = tokenizer(Path(checkpoint))
        self._session = session(network, 1)

    def logits(self, texts):
        """The logits of normalised texts, in their order."""
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        return in_order_of_length(pieces, lambda rows: onnx_logits(self._session, rows))


@lru_cache(maxsize=1)
def of_process(checkpoint, network):
    """The session of this process, opened when first asked for."""
    return OnnxRows(checkpoint, network)


def spark_batches(checkpoint, network):
    """For `mapInArrow`: batches of `id` and `normalised` to `id` and `logit`."""

    def score(batches):
        import onnx_rows
        import pyarrow

        rows = onnx_rows.of_process(checkpoint, network)
        for batch in batches:
            logits = rows.logits(batch.column("normalised").to_pylist())
            columns = [batch.column("id"), pyarrow.array(logits, pyarrow.float64())]
            yield pyarrow.RecordBatch.from_arrays(columns, ["id", "logit"])

    return score


class RayRows:
    """For `map_batches`: the same for tables."""

    def __init__(self, checkpoint, network):
        self._rows = of_process(checkpoint, network)

    def __call__(self, table):
        import pyarrow

        logits = self._rows.logits(table["normalised"].to_pylist())
        return table.select(["id"]).append_column("logit", pyarrow.array(logits, pyarrow.float64()))
