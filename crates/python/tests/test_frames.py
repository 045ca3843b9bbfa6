"""Tables of pandas, Polars and Ray's batches."""

import numpy
import pandas
import polars
import pyarrow
import pytest

import threat_indicator.pandas
import threat_indicator.polars
from threat_indicator import Verdict
from threat_indicator.ray import Score

TEXTS = ["the bus was late again", None, "soup for dinner tonight, and bread", "https://example.org"]


def test_pandas_keeps_index_and_columns(scorer):
    frame = pandas.DataFrame({"text": TEXTS, "label": [0, 1, 0, 1]}, index=[5, 5, 7, 9])
    scored = threat_indicator.pandas.score(frame, scorer=scorer)
    assert list(scored.index) == [5, 5, 7, 9]
    assert list(scored) == ["text", "label", "score", "threat_label", *Verdict._fields[2:]]
    assert list(scored["label"]) == [0, 1, 0, 1]
    assert scored["score"].dtype == "float64"
    verdicts = scorer.score(TEXTS)
    assert scored["score"].isna().tolist() == [verdict.score is None for verdict in verdicts]
    assert scored["band"].tolist() == [verdict.band for verdict in verdicts]
    assert list(frame) == ["text", "label"]


def test_a_list_of_verdicts_makes_a_frame(scorer):
    frame = pandas.DataFrame(scorer.score(pandas.Series(TEXTS)))
    assert tuple(frame) == Verdict._fields
    frame = polars.DataFrame(scorer.score(polars.Series(TEXTS)), orient="row")
    assert tuple(frame.columns) == Verdict._fields


def test_polars_keeps_the_columns(scorer):
    frame = polars.DataFrame({"text": TEXTS, "score": [1, 2, 3, 4]})
    scored = threat_indicator.polars.score(frame, scorer=scorer)
    assert scored.columns == ["text", "score", "threat_score", *Verdict._fields[1:]]
    assert scored["threat_score"].to_list() == [verdict.score for verdict in scorer.score(TEXTS)]


@pytest.mark.parametrize("module", [threat_indicator.pandas, threat_indicator.polars])
def test_a_column_that_is_not_there_is_named_with_those_that_are(module, scorer):
    frame = (pandas if module is threat_indicator.pandas else polars).DataFrame({"body": TEXTS})
    with pytest.raises(ValueError, match="no column 'text'; there are: 'body'"):
        module.score(frame, scorer=scorer)


@pytest.mark.parametrize("kind", ["arrow", "pandas", "numpy"])
def test_a_ray_batch_comes_out_as_what_it_was(scorer, kind):
    score = Score(keep=["id"])
    columns = {"id": [1, 2, 3, 4], "text": TEXTS}
    batch = {
        "arrow": lambda: pyarrow.table(columns),
        "pandas": lambda: pandas.DataFrame(columns),
        "numpy": lambda: {name: numpy.array(values, dtype=object) for name, values in columns.items()},
    }[kind]()
    scored = score(batch)
    assert type(scored) is type(batch)
    expected = scorer.score(TEXTS)
    names = list(scored.column_names if kind == "arrow" else scored.keys())
    assert names == ["id", *Verdict._fields]
    bands = scored["band"].to_pylist() if kind == "arrow" else list(scored["band"])
    assert bands == [verdict.band for verdict in expected]


def test_the_actors_of_a_process_share_a_model():
    assert Score(text="a")._scorer is Score(text="b")._scorer
