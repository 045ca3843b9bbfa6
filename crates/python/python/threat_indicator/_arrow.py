"""Verdicts as columns of Arrow."""

from __future__ import annotations

from typing import Any

import pyarrow

from threat_indicator._scorer import Scorer
from threat_indicator._verdict import KINDS

_TYPES = {"number": pyarrow.float64(), "flag": pyarrow.bool_(), "text": pyarrow.string()}


def added_fields(names: dict[str, str]) -> list[pyarrow.Field]:
    """The fields of a verdict under these names."""
    return [pyarrow.field(name, _TYPES[KINDS[field]]) for field, name in names.items()]


def added_columns(scorer: Scorer, texts: pyarrow.Array) -> list[pyarrow.Array]:
    """The verdicts on texts, a column for each field."""
    columns: dict[str, list[Any]] = scorer.score_columns(texts)
    return [pyarrow.array(values, _TYPES[KINDS[field]]) for field, values in columns.items()]
