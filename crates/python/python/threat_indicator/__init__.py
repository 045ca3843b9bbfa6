"""Scores posts by how much they resemble pro-ISIS posts, for human reviewers.

A score is a reason for a person to look, never a verdict, and it says nothing about who wrote a post.

>>> from threat_indicator import Scorer
>>> scorer = Scorer.load()
>>> verdicts = scorer.score(["good morning, the kettle is on", None, "https://example.org"])
>>> [verdict.band for verdict in verdicts]
['none', 'not_judged', 'not_judged']
>>> [verdict.error for verdict in verdicts]
[None, 'null', 'no_text']

``score`` takes lists, and columns of NumPy, pandas, Polars and pyarrow. For tables there are
:mod:`threat_indicator.pandas` and :mod:`threat_indicator.polars`, for clusters
:mod:`threat_indicator.spark` and :mod:`threat_indicator.ray`; each needs its library only when it is
imported.
"""

from threat_indicator._internal import ModelError, __version__, normalise
from threat_indicator._scorer import Scorer
from threat_indicator._verdict import Verdict, Word

__all__ = ["ModelError", "Scorer", "Verdict", "Word", "__version__", "normalise"]
