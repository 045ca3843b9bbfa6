"""Scores a column of a Polars frame.

>>> import polars
>>> import threat_indicator.polars
>>> posts = polars.DataFrame({"id": [1, 2], "text": ["the bus was late again", None]})
>>> threat_indicator.polars.score(posts).select("id", "label", "band", "error").rows()
[(1, 'not_pro_isis', 'none', None), (2, None, 'not_judged', 'null')]

A column alone needs no more than ``Scorer.score``: ``polars.DataFrame(scorer.score(posts["text"]))``.
"""

from __future__ import annotations

import polars

from threat_indicator._added import check_column, names_beside
from threat_indicator._scorer import Scorer
from threat_indicator._verdict import KINDS

__all__ = ["score"]

_TYPES = {"number": polars.Float64, "flag": polars.Boolean, "text": polars.String}


def score(
    frame: polars.DataFrame, text: str = "text", scorer: Scorer | None = None
) -> polars.DataFrame:
    """A frame with the fields of each row's verdict beside its columns.

    An added column whose name is taken is called ``threat_label`` and so on. Without a ``scorer`` the
    package's model is opened for this call.
    """
    check_column(text, frame.columns)
    scorer = Scorer.load() if scorer is None else scorer
    columns = scorer.score_columns(frame[text])
    names = names_beside(frame.columns)
    return frame.with_columns(
        polars.Series(names[field], values, dtype=_TYPES[KINDS[field]])
        for field, values in columns.items()
    )
