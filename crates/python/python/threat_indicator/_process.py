"""One open model for all tasks of a worker process."""

from __future__ import annotations

import os
from functools import lru_cache

from threat_indicator._internal import ModelError
from threat_indicator._scorer import Scorer, model_hash

opened: list[str] = []
"""The precision of each model that this process has opened here; for tests."""


@lru_cache(maxsize=4)
def _scorer(
    process: int,  # a forked child has none of its parent's
    path: str | None,
    precision: str,
    threads: int,
    max_bytes: int,
    expected: str | None,
) -> Scorer:
    found = model_hash(path) if expected is not None else None
    if found != expected:
        raise ModelError(
            f"{path or 'the model of the package'} on this worker has weights with SHA-256 {found}, and "
            f"where the job was started {expected}: install the same version everywhere"
        )
    opened.append(precision)
    return Scorer.load(path, precision, threads, max_bytes)


def scorer_of_process(
    path: str | None, precision: str, threads: int, max_bytes: int, expected: str | None
) -> Scorer:
    """The process's scorer, opened when first asked for. ``expected`` is the SHA-256 of its weights, or
    ``None`` for any."""
    return _scorer(os.getpid(), path, precision, threads, max_bytes, expected)
