"""Any column of texts as a list of Python objects, one a row.

What is wrong with a row is for the scorer to say, in the row's place. What is wrong with the column, a
column of numbers for one, is said here, before any work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Set
from typing import Any


def as_list(texts: Any) -> list[Any]:
    """The rows of a column.

    >>> as_list(("a", None))
    ['a', None]
    >>> as_list("a")
    Traceback (most recent call last):
    ...
    TypeError: score() takes a column of texts, and this is one str: use score_one() for one text
    """
    if isinstance(texts, (list, tuple)):
        return list(texts)
    for library, of_library in _LIBRARIES.items():
        # What was never imported made no object.
        module = sys.modules.get(library)
        if module is not None:
            rows = of_library(module, texts)
            if rows is not None:
                return rows
    if isinstance(texts, (str, bytes, bytearray)):
        what = type(texts).__name__
        raise TypeError(
            f"score() takes a column of texts, and this is one {what}: use score_one() for one text"
        )
    if isinstance(texts, (Mapping, Set)) or not isinstance(texts, Iterable):
        raise _wrong_column(f"a {type(texts).__name__}")
    return list(texts)


def _wrong_column(what: str) -> TypeError:
    return TypeError(
        f"score() takes a column of texts, and this is {what}: give it a list of strings, or a column "
        "of strings of NumPy, pandas, Polars or pyarrow"
    )


def _of_pandas(pandas: Any, texts: Any) -> list[Any] | None:
    if isinstance(texts, pandas.DataFrame):
        raise _wrong_column('a whole pandas.DataFrame (one column of it is df["text"])')
    if isinstance(texts, pandas.Index):
        texts = texts.to_series()
    elif isinstance(texts, pandas.api.extensions.ExtensionArray):
        texts = pandas.Series(texts)
    if not isinstance(texts, pandas.Series):
        return None
    types = texts.dtype
    if isinstance(types, pandas.CategoricalDtype):
        types = types.categories.dtype
    is_text = (
        types == object
        or isinstance(types, pandas.StringDtype)
        or "string" in str(types)  # pyarrow's, in pandas
    )
    # A column without a single value is read as one of numbers, all of them NaN.
    if not is_text and not texts.isna().all():
        raise _wrong_column(f"a pandas column of {texts.dtype}")
    return list(texts.to_numpy(dtype=object, na_value=None))


def _of_polars(polars: Any, texts: Any) -> list[Any] | None:
    if isinstance(texts, (polars.DataFrame, polars.LazyFrame)):
        raise _wrong_column('a whole Polars frame (one column of it is df["text"])')
    if isinstance(texts, polars.Expr):
        raise _wrong_column('a Polars expression (a column is df["text"])')
    if not isinstance(texts, polars.Series):
        return None
    if texts.dtype not in (
        polars.String,
        polars.Categorical,
        polars.Enum,
        polars.Null,
        polars.Object,
    ):
        raise _wrong_column(f"a Polars column of {texts.dtype}")
    return list(texts.to_list())


def _of_pyarrow(pyarrow: Any, texts: Any) -> list[Any] | None:
    if isinstance(texts, (pyarrow.Table, pyarrow.RecordBatch)):
        raise _wrong_column('a whole pyarrow table (one column of it is table["text"])')
    if isinstance(texts, pyarrow.ChunkedArray):
        if texts.num_chunks == 0:
            _check_arrow(pyarrow, texts.type)
        return [row for chunk in texts.chunks for row in _of_pyarrow(pyarrow, chunk) or []]
    if not isinstance(texts, pyarrow.Array):
        return None
    _check_arrow(pyarrow, texts.type)
    if pyarrow.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    try:
        return list(texts.to_pylist())
    except UnicodeDecodeError:
        # Arrow does not look at its bytes; other programs write half surrogates and worse.
        return [_decoded(row) for row in texts.cast(pyarrow.binary()).to_pylist()]


def _check_arrow(pyarrow: Any, found: Any) -> None:
    inner = found.value_type if pyarrow.types.is_dictionary(found) else found
    if str(inner) not in ("string", "large_string", "string_view", "null"):
        raise _wrong_column(f"a pyarrow column of {found}")


def _decoded(row: bytes | None) -> str | bytes | None:
    """A row's text. Bytes that are none stay what they are, which the scorer says of them."""
    try:
        return None if row is None else row.decode()
    except UnicodeDecodeError:
        return row


def _of_numpy(numpy: Any, texts: Any) -> list[Any] | None:
    if not isinstance(texts, numpy.ndarray):
        return None
    if texts.ndim != 1:
        raise _wrong_column(f"a NumPy array of {texts.ndim} dimensions")
    # O: objects; U: strings of a fixed width; T: numpy.dtypes.StringDType.
    if texts.dtype.kind not in "OUT":
        raise _wrong_column(f"a NumPy array of {texts.dtype}")
    return list(texts.tolist())


_LIBRARIES = {
    "pandas": _of_pandas,
    "polars": _of_polars,
    "pyarrow": _of_pyarrow,
    "numpy": _of_numpy,
}
