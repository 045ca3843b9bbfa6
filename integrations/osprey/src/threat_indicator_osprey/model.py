"""The model of this process."""

from __future__ import annotations

import os
from functools import cache

from threat_indicator import Scorer


@cache
def scorer() -> Scorer:
    """The scorer, opened when first asked for: the model in ``THREAT_CHECKPOINT``, or the one that comes
    with threat-indicator, rounded as ``THREAT_PRECISION`` says.

    One thread, which is the caller's: Osprey's workers are the threads there are. A forked worker opens it
    anew by itself.
    """
    path = os.environ.get("THREAT_CHECKPOINT") or None
    precision = os.environ.get("THREAT_PRECISION") or "auto"
    return Scorer.load(path, precision, threads=1)
