"""Scores a column of a Spark DataFrame, batch or streaming.

::

    import threat_indicator.spark

    scored = threat_indicator.spark.score(posts, text="text", keep=["id"])
    scored.write.parquet("scored")

Each Python process of Spark opens the model once and keeps it from task to task. A task has one thread,
so that Spark's slots are all the threads there are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow

from threat_indicator._internal import check_precision
from threat_indicator._added import check_column, names_beside
from threat_indicator._arrow import added_columns
from threat_indicator._process import scorer_of_process
from threat_indicator._scorer import MAX_BYTES, model_hash
from threat_indicator._verdict import KINDS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["score"]


def score(
    df: DataFrame,
    text: str = "text",
    keep: Sequence[str] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    *,
    precision: str = "auto",
    max_bytes: int = MAX_BYTES,
) -> DataFrame:
    """A frame with the fields of each row's verdict beside the columns of ``keep``: all, if not given.

    The added columns are ``score`` (double), ``label``, ``band``, ``reason``, ``lang``, ``truncated``
    (boolean) and ``error`` (the others strings), as in :class:`threat_indicator.Verdict`; one whose name is taken is called
    ``threat_label`` and so on. A row never fails a task: what is wrong with it stands in ``error``.

    The names, the type of the text column and the model are looked at here, where the job is started,
    before any work. ``checkpoint`` is a model's folder, under the same path on every machine; without
    one it is the package's. A worker whose model has other weights than this one refuses to score.
    """
    from pyspark.sql.types import (
        BooleanType,
        CharType,
        DoubleType,
        StringType,
        StructField,
        StructType,
        VarcharType,
    )

    check_column(text, df.columns)
    kept = list(df.columns if keep is None else keep)
    for column in kept:
        check_column(column, df.columns, "keep")
    for column in {text, *kept}:
        if df.columns.count(column) > 1:
            raise ValueError(f"two columns are called {column!r}: rename one of them")
    found = df.schema[text].dataType
    if not isinstance(found, (StringType, CharType, VarcharType)):
        raise TypeError(
            f"text: the column {text!r} is of type {found.simpleString()}, expected string: choose "
            "another, or cast it"
        )
    check_precision(precision)
    path = None if checkpoint is None else os.path.abspath(checkpoint)
    expected = model_hash(path)

    names = names_beside(kept, by_case=False)
    types = {"number": DoubleType(), "flag": BooleanType(), "text": StringType()}
    schema = StructType(
        [df.schema[column] for column in kept]
        + [StructField(name, types[KINDS[field]], nullable=field != "band") for field, name in names.items()]
    )
    # Spark takes neither a name twice nor one with a dot on this way; the schema has them back.
    columns = kept if text in kept else [*kept, text]
    work = partial(
        _score_batches,
        text=columns.index(text),
        kept=len(kept),
        names=schema.names,
        model=(path, precision, 1, max_bytes, expected),
    )
    plain = [df[_quoted(column)].alias(f"column{place}") for place, column in enumerate(columns)]
    return df.select(*plain).mapInArrow(work, schema)


def _quoted(column: str) -> str:
    """A name in which a dot is no step into a struct."""
    return "`" + column.replace("`", "``") + "`"


def _score_batches(
    batches: Iterable[pyarrow.RecordBatch],
    text: int,
    kept: int,
    names: list[str],
    model: tuple[Any, ...],
) -> Iterator[pyarrow.RecordBatch]:
    """Runs on the workers."""
    scorer = scorer_of_process(*model)
    for batch in batches:
        columns = batch.columns[:kept] + added_columns(scorer, batch.column(text))
        yield pyarrow.RecordBatch.from_arrays(columns, names=names)
