"""The functions that rules may call."""

from __future__ import annotations

from typing import Optional

from osprey.engine.executor.execution_context import ExecutionContext, ExpectedUdfException
from osprey.engine.udf.arguments import ArgumentsBase
from osprey.engine.udf.base import UDFBase

from threat_indicator_osprey.model import scorer

_CATEGORY = "Threat indicator"


class TextArguments(ArgumentsBase):
    """What both functions take."""

    text: str
    """The post as it was written: links, handles and all."""


class OptionalTextArguments(ArgumentsBase):
    """The same, of a post that may have no text."""

    text: Optional[str]
    """The post as it was written: links, handles and all."""


class ThreatScore(UDFBase[TextArguments, float]):
    """How much a post resembles posts that support ISIS, from 0 to 1: a reason for a person to look.

    A post that the model cannot judge, one in another language or without words, has no score: whatever
    depends on it is not evaluated, so that no rule can flag it.
    """

    category = _CATEGORY

    def execute(self, execution_context: ExecutionContext, arguments: TextArguments) -> float:
        """The calibrated score."""
        score = scorer().score_one(arguments.text).score
        if score is None:
            raise ExpectedUdfException()
        return score


class ThreatBand(UDFBase[OptionalTextArguments, str]):
    """How soon a person should look at a post: 'none', 'review', 'priority_review', or 'not_judged' where
    the model cannot tell. The bands are the model's own: no number has to stand in a rule."""

    category = _CATEGORY

    def execute(self, execution_context: ExecutionContext, arguments: OptionalTextArguments) -> str:
        """The name of the band."""
        return scorer().score_one(arguments.text).band
