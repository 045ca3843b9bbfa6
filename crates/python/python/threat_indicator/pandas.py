"""Scores a column of a pandas frame.

>>> import pandas
>>> import threat_indicator.pandas
>>> posts = pandas.DataFrame({"id": [1, 2], "text": ["the bus was late again", None]})
>>> scored = threat_indicator.pandas.score(posts)
>>> scored[["id", "label", "band", "error"]].to_dict("records")[0]
{'id': 1, 'label': 'not_pro_isis', 'band': 'none', 'error': None}

A column alone needs no more than ``Scorer.score``: ``pandas.DataFrame(scorer.score(posts["text"]))``.
"""

from __future__ import annotations

import pandas

from threat_indicator._added import check_column, names_beside
from threat_indicator._scorer import Scorer
from threat_indicator._verdict import KINDS

__all__ = ["score"]

_TYPES = {"number": "float64", "flag": "boolean", "text": "object"}


def score(
    frame: pandas.DataFrame, text: str = "text", scorer: Scorer | None = None
) -> pandas.DataFrame:
    """A frame with the fields of each row's verdict beside its columns, and the same index.

    An added column whose name is taken is called ``threat_label`` and so on. Without a ``scorer`` the
    package's model is opened for this call.
    """
    check_column(text, frame.columns)
    scorer = Scorer.load() if scorer is None else scorer
    columns = scorer.score_columns(frame[text])
    names = names_beside(frame.columns)
    added = {
        names[field]: pandas.Series(values, index=frame.index, dtype=_TYPES[KINDS[field]])
        for field, values in columns.items()
    }
    return frame.assign(**added)
