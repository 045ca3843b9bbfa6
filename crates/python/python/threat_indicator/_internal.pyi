"""The part of the package that is written in Rust. It may change with any version."""

import os
from typing import Any

__version__: str

class ModelError(Exception):
    """The model is missing, damaged or of another version; the message names the file."""

def normalise(text: str) -> str:
    """A text as the model is given it: links, handles, look-alike letters and the like made uniform."""

def check_precision(name: str) -> None:
    """Raises a ValueError for a precision that does not exist."""

def model_hash(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of the weights that a checkpoint's folder records, read without opening them."""

class Scorer:
    """An open model. Threads may share it; a forked child must open its own."""

    def __new__(
        cls,
        folder: str | os.PathLike[str],
        precision: str,
        threads: int | None,
        max_bytes: int,
    ) -> Scorer: ...
    @property
    def process(self) -> int:
        """The process that opened it."""

    def columns(
        self, rows: list[Any]
    ) -> tuple[
        list[float | None],
        list[str | None],
        list[str],
        list[str | None],
        list[str | None],
        list[bool | None],
        list[str | None],
    ]:
        """The fields of each object of a list, in its order."""

    def explain(self, text: str) -> list[tuple[str, float]]:
        """The words of a text and what each adds to its logit."""

    def model_info(self) -> dict[str, Any]:
        """What the model says of itself, and how it is open."""
