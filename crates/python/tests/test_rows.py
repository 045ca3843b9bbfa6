"""One verdict a row, in order, and what is wrong with a row stands in it."""

import math

import pytest

from threat_indicator import ModelError, Scorer, Verdict, normalise

GOOD = "the bus was late again this morning"


def test_rows_that_hold_no_text_have_an_error_and_the_others_their_scores(scorer):
    import pandas

    rows = [
        (GOOD, None, None),
        (None, "null", "null"),
        (math.nan, "null", "null"),
        (pandas.NA, "null", "null"),
        (pandas.NaT, "null", "null"),
        ("", "no_text", "no_text"),
        ("   ", "no_text", "no_text"),
        ("https://example.org @someone", "no_text", "no_text"),
        ("12345 !!!", "no_words", None),
        ("God morgon, vädret är mycket fint idag igen", "language", None),
        ("half a pair \ud83d here", "invalid_text", "invalid_text"),
        (b"bytes", "invalid_text", "invalid_text"),
        (7, "invalid_text", "invalid_text"),
        (["a list"], "invalid_text", "invalid_text"),
        ("x" * 100_001, "too_long", "too_long"),
        ("ü" * 50_001, "too_long", "too_long"),
        ("word " * 20_000, None, None),
        ("nul \0 within is a text", None, None),
        (GOOD, None, None),
    ]
    verdicts = scorer.score([row for row, _, _ in rows])
    assert [(verdict.reason, verdict.error) for verdict in verdicts] == [row[1:] for row in rows]
    for verdict in verdicts:
        is_judged = verdict.reason is None
        assert (verdict.score is not None) == is_judged
        assert (verdict.label is not None) == is_judged
        assert (verdict.band != "not_judged") == is_judged
    assert verdicts[0] == verdicts[-1] == scorer.score_one(GOOD)
    assert verdicts[9].lang == "sv" and verdicts[0].lang == "en"


def test_every_row_has_its_own_score(scorer, texts):
    alone = {text: scorer.score_one(text) for text in texts[:40]}
    backwards = scorer.score(texts[:40][::-1])
    assert backwards == [alone[text] for text in texts[:40][::-1]]


def test_no_rows_give_no_verdicts(scorer):
    assert scorer.score([]) == []
    assert scorer.score(iter(())) == []
    assert scorer.score_columns([]) == {field: [] for field in Verdict._fields}


def test_the_longest_row_is_counted_in_bytes():
    short = Scorer.load(threads=1, max_bytes=10)
    assert [verdict.error for verdict in short.score(["good luck!", "good luck!!", "gööd luck!"])] == [
        None,
        "too_long",
        "too_long",
    ]


def test_a_score_is_the_decimal_that_files_have(scorer, texts):
    import numpy

    for verdict in scorer.score(texts[:50]):
        if verdict.score is not None:
            assert 0 <= verdict.score <= 1
            assert float(str(numpy.float32(verdict.score))) == verdict.score


def test_an_object_of_a_subclass_of_str_is_a_text(scorer):
    class Post(str):
        pass

    assert scorer.score([Post(GOOD)]) == scorer.score([GOOD])


def test_the_list_is_left_as_it_was(scorer):
    rows = [GOOD, None]
    scorer.score(rows)
    assert rows == [GOOD, None]


def test_only_a_model_that_is_not_there_or_damaged_raises(tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        Scorer.load(tmp_path / "nowhere")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="config.json"):
        Scorer.load(tmp_path)


def test_a_package_without_its_model_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("threat_indicator._scorer._BUNDLED", tmp_path / "model")
    with pytest.raises(ModelError, match="install the package anew"):
        Scorer.load()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [({"precision": "f8"}, "auto, f32, bf16 or int8"), ({"threads": 0}, "at least one")],
)
def test_arguments_that_make_no_sense_say_what_does(arguments, said):
    with pytest.raises(ValueError, match=said):
        Scorer.load(**arguments)


def test_an_explanation_names_the_words_as_the_model_reads_them(scorer):
    text = "The BUS\u200b was  late"
    words = scorer.explain(text)
    assert [word.word for word in words] == normalise(text).split() == ["The", "BUS", "was", "late"]
    assert all(isinstance(word.contribution, float) for word in words)
    assert scorer.explain("https://example.org") == []


def test_a_model_says_what_it_is(scorer):
    info = scorer.model_info()
    assert info["languages"][0] == "en" and len(info["sha256"]) == 64
    assert all(set(other["languages"]) <= set(info["languages"]) for other in info["others"])
    assert 0 < info["review"] <= info["priority_review"] <= 1
    assert info["name"] in repr(scorer)
    info["name"] = "changed"
    assert scorer.model_info()["name"] != "changed"


def test_the_normaliser_is_the_model_s(scorer):
    assert normalise("Hello   https://example.org") == scorer.normalise("Hello   https://example.org")
    with pytest.raises(TypeError):
        normalise(None)
