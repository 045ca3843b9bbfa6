"""All kinds of columns of texts, and those that are none."""

import datetime

import numpy
import pandas
import polars
import pyarrow
import pytest

TEXTS = ["the bus was late again", None, "soup for dinner tonight, and bread"]

COLUMNS = {
    "list": TEXTS,
    "tuple": tuple(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "numpy objects": numpy.array(TEXTS, dtype=object),
    "pandas objects": pandas.Series(TEXTS, dtype=object),
    "pandas objects with NaN": pandas.Series([TEXTS[0], float("nan"), TEXTS[2]], dtype=object),
    "pandas string": pandas.Series(TEXTS, dtype="string"),
    "pandas string of pyarrow": pandas.Series(TEXTS, dtype="string[pyarrow]"),
    "pandas ArrowDtype": pandas.Series(TEXTS, dtype=pandas.ArrowDtype(pyarrow.string())),
    "pandas category": pandas.Series(TEXTS, dtype="category"),
    "pandas index": pandas.Index(TEXTS, dtype=object),
    "pandas array": pandas.array(TEXTS, dtype="string"),
    "pandas with another index": pandas.Series(TEXTS, index=[9, 9, 2]),
    "polars": polars.Series(TEXTS),
    "polars categories": polars.Series(TEXTS, dtype=polars.Categorical),
    "polars enum": polars.Series(TEXTS, dtype=polars.Enum([TEXTS[0], TEXTS[2]])),
    "polars objects": polars.Series(TEXTS, dtype=polars.Object),
    "arrow": pyarrow.array(TEXTS),
    "arrow large": pyarrow.array(TEXTS, pyarrow.large_string()),
    "arrow view": pyarrow.array(TEXTS, pyarrow.string_view()),
    "arrow dictionary": pyarrow.array(TEXTS).dictionary_encode(),
    "arrow chunks": pyarrow.chunked_array([TEXTS[:1], [], TEXTS[1:]], pyarrow.string()),
    "arrow slice": pyarrow.array(["before", *TEXTS, "after"])[1:4],
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_each_kind_of_column_has_the_same_verdicts(scorer, column):
    expected = scorer.score(TEXTS)
    assert [verdict.error for verdict in expected] == [None, "null", None]
    assert scorer.score(column() if callable(column) else column) == expected


@pytest.mark.parametrize(
    "column",
    [
        numpy.array([TEXTS[0], TEXTS[2]]),
        numpy.array([TEXTS[0], TEXTS[2]], dtype=numpy.dtypes.StringDType()),
    ],
    ids=["fixed width", "StringDType"],
)
def test_numpy_strings_without_gaps(scorer, column):
    assert scorer.score(column) == scorer.score([TEXTS[0], TEXTS[2]])


@pytest.mark.parametrize(
    "column",
    [
        pandas.Series([None, None], dtype="float64"),
        pandas.Series([None, None], dtype=object),
        polars.Series([None, None]),
        pyarrow.nulls(2),
        numpy.array([None, float("nan")], dtype=object),
    ],
    ids=["pandas numbers", "pandas objects", "polars", "arrow", "numpy"],
)
def test_a_column_of_nothing_is_one_of_nulls(scorer, column):
    assert [verdict.error for verdict in scorer.score(column)] == ["null", "null"]


@pytest.mark.parametrize(
    "column",
    [
        "one text",
        b"bytes",
        7,
        None,
        {"text": TEXTS},
        set(TEXTS),
        numpy.array([1, 2]),
        numpy.array([[TEXTS[0]]]),
        numpy.array([b"bytes"]),
        pandas.Series([1, 2]),
        pandas.Series([datetime.datetime(2020, 1, 1)]),
        pandas.Series([1, 2], dtype="category"),
        pandas.DataFrame({"text": TEXTS}),
        polars.Series([1, 2]),
        polars.Series([[TEXTS[0]]]),
        polars.DataFrame({"text": TEXTS}),
        polars.col("text"),
        pyarrow.array([1, 2]),
        pyarrow.array([b"bytes"]),
        pyarrow.array([1, 2]).dictionary_encode(),
        pyarrow.chunked_array([], pyarrow.int64()),
        pyarrow.table({"text": TEXTS}),
    ],
    ids=lambda column: f"{type(column).__module__}.{type(column).__name__}",
)
def test_what_is_no_column_of_texts_is_refused(scorer, column):
    with pytest.raises(TypeError, match="takes a column of texts, and this is"):
        scorer.score(column)


def test_bytes_that_are_no_text_spoil_their_own_row_only(scorer):
    # As Spark and Parquet pass them on: Arrow does not look.
    rows = [b"the bus was late again", b"half a pair \xed\xa0\xbd", None, b"\xff\xfe", "schön".encode()]
    column = pyarrow.array(rows, pyarrow.binary()).view(pyarrow.string())
    verdicts = scorer.score(column)
    assert [verdict.error for verdict in verdicts] == [
        None,
        "invalid_text",
        "null",
        "invalid_text",
        None,
    ]
    assert verdicts[0] == scorer.score_one("the bus was late again")
