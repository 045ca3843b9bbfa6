"""Scores a column of a Ray dataset.

::

    import ray
    import threat_indicator.ray

    posts = ray.data.read_parquet("posts")
    scored = posts.map_batches(
        threat_indicator.ray.Score,
        fn_constructor_kwargs={"text": "text"},
        concurrency=8,  # so many actors, with a core and an open model each
        batch_format="pyarrow",
    )
    scored.write_parquet("scored")
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from threat_indicator._added import check_column, names_beside
from threat_indicator._process import scorer_of_process
from threat_indicator._scorer import MAX_BYTES
from threat_indicator._verdict import KINDS, Kind

__all__ = ["Score"]


class Score:
    """For ``map_batches``: a batch with the fields of each row's verdict beside the columns of ``keep``.

    Batches may be pyarrow tables (the fastest), pandas frames or dictionaries of NumPy arrays, and come
    out as what they were. All columns are kept where ``keep`` is not given; an added one whose name is
    taken is called ``threat_label`` and so on. ``threads`` should be the cores of an actor.

    >>> Score()({"text": ["the bus was late again", None]})["label"].tolist()
    ['not_pro_isis', None]
    """

    def __init__(
        self,
        text: str = "text",
        keep: Sequence[str] | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        precision: str = "auto",
        threads: int = 1,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._text = text
        self._keep = None if keep is None else list(keep)
        path = None if checkpoint is None else os.fspath(checkpoint)
        self._scorer = scorer_of_process(path, precision, threads, max_bytes, None)

    def __call__(self, batch: Any) -> Any:
        """Scores a batch."""
        found = list(batch.column_names if hasattr(batch, "column_names") else batch.keys())
        check_column(self._text, found)
        kept = found if self._keep is None else self._keep
        for column in kept:
            check_column(column, found, "keep")
        names = names_beside(kept)
        columns = self._scorer.score_columns(batch[self._text])
        added = {names[field]: (KINDS[field], values) for field, values in columns.items()}
        if hasattr(batch, "column_names"):
            return _beside_arrow(batch.select(kept), added)
        if isinstance(batch, dict):
            return _beside_numpy({name: batch[name] for name in kept}, added)
        return _beside_pandas(batch[kept], added)


def _beside_arrow(table: Any, added: dict[str, tuple[Kind, list[Any]]]) -> Any:
    import pyarrow

    types = {"number": pyarrow.float64(), "flag": pyarrow.bool_(), "text": pyarrow.string()}
    for name, (kind, values) in added.items():
        table = table.append_column(name, pyarrow.array(values, types[kind]))
    return table


def _beside_numpy(batch: dict[str, Any], added: dict[str, tuple[Kind, list[Any]]]) -> dict[str, Any]:
    import numpy

    for name, (kind, values) in added.items():
        batch[name] = numpy.array(values, dtype="float64" if kind == "number" else "object")
    return batch


def _beside_pandas(frame: Any, added: dict[str, tuple[Kind, list[Any]]]) -> Any:
    import pandas

    types = {"number": "float64", "flag": "boolean", "text": "object"}
    columns = {
        name: pandas.Series(values, frame.index, dtype=types[kind])
        for name, (kind, values) in added.items()
    }
    return frame.assign(**columns)
