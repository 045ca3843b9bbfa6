"""What comes out for a row."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Verdict(NamedTuple):
    """What the model says of one row.

    A named tuple: a list of them makes a table, as in ``pandas.DataFrame(verdicts)``.

    >>> Verdict(0.25, "not_pro_isis", "none", None, "en", False, None).score
    0.25
    """

    score: float | None
    """From 0 to 1; ``None`` where the row is not judged. ``numpy.float32(score)`` has the very bits that
    the model computed."""
    label: str | None
    """``pro_isis`` or ``not_pro_isis``; ``None`` where the row is not judged."""
    band: str
    """How soon a person should look: ``none``, ``review``, ``priority_review`` or ``not_judged``."""
    reason: str | None
    """Why it is not judged: ``no_text`` (only links and handles, or nothing), ``no_words``, ``language``
    (one that the model has not learned), or the row's ``error``."""
    lang: str | None
    """The language of the text, or of the part of it that was read."""
    truncated: bool | None
    """Whether the end of the text was not read; ``None`` where the row is not judged. A long text is read
    in windows, the highest of which counts; only one of more than 2,100 windows is cut, which a post of
    25,000 characters is not."""
    error: str | None
    """What is wrong with the row itself: ``null``, ``no_text``, ``too_long`` (more bytes than
    ``max_bytes``) or ``invalid_text`` (not a string, or half a surrogate pair in it)."""


class Word(NamedTuple):
    """A word, and what it adds to the model's output before calibration."""

    word: str
    contribution: float


FIELDS: tuple[str, ...] = Verdict._fields

Kind = Literal["number", "flag", "text"]

KINDS: dict[str, Kind] = dict.fromkeys(FIELDS, "text") | {"score": "number", "truncated": "flag"}
"""What each field holds, for tables whose columns have types."""
