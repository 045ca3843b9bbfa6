"""The model, open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from threat_indicator import _internal
from threat_indicator._texts import as_list
from threat_indicator._verdict import FIELDS, Verdict, Word

MAX_BYTES = 100_000
"""The 25,000 characters that the longest post of X has, of four bytes each."""

_BUNDLED = Path(__file__).parent / "model"


class Scorer:
    """An open model. Threads may share it, and other Python threads run while it computes.

    A forked child opens the model anew when it first scores, and so does a process that it is pickled
    to: it is the path that is sent. The score of a text is the same to the last bit alone and in any
    column, for any number of threads.
    """

    __slots__ = ("_max_bytes", "_open", "_path", "_precision", "_threads")

    _open: _internal.Scorer

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        precision: str = "auto",
        threads: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """As :meth:`load`."""
        # Another process may have another working directory.
        self._path = None if path is None else os.path.abspath(path)
        self._precision = precision
        self._threads = threads
        self._max_bytes = max_bytes
        self._open = self._opened_anew()

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        precision: str = "auto",
        threads: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Scorer:
        """Opens the model in a folder, as `train` writes it, or the one that comes with the package.

        ``precision`` says how products are rounded: ``auto``, to 8 bits, and once more in ``f32`` what
        that could move by more than .01 or into another band; ``f32``, not at all; ``bf16`` or ``int8``,
        which change scores a little more. ``threads`` is the number of cores unless given; with 1 the
        caller's thread does the work, and none is started. A row of more than ``max_bytes`` bytes of
        UTF-8 is not read.

        Raises :class:`ModelError` if the model cannot be used, :class:`ValueError` for an argument that
        makes no sense.

        >>> Scorer.load(threads=1).model_info()["languages"][0]
        'en'
        """
        return cls(path, precision, threads, max_bytes)

    def score(self, texts: Any) -> list[Verdict]:
        """Judges each row of a column, in its order.

        The column is a list or another iterable, a NumPy array, a pandas or Polars series, a pyarrow
        array. A row that is missing, no text or too long has an ``error``, and the others their scores.
        Only a column that cannot be one of texts, such as one of numbers, raises, a :class:`TypeError`.

        >>> scorer = Scorer.load()
        >>> scorer.score(["the bus was late again", 7])[1]
        Verdict(score=None, label=None, band='not_judged', reason='invalid_text', lang=None, truncated=None, error='invalid_text')
        """
        return list(map(Verdict._make, zip(*self._columns(texts))))

    def score_columns(self, texts: Any) -> dict[str, list[Any]]:
        """The same as columns: a list for each field of :class:`Verdict`.

        >>> columns = Scorer.load().score_columns(["the bus was late again", None])
        >>> list(columns)
        ['score', 'label', 'band', 'reason', 'lang', 'truncated', 'error']
        >>> columns["label"]
        ['not_pro_isis', None]
        """
        return dict(zip(FIELDS, self._columns(texts)))

    def score_one(self, text: str | None) -> Verdict:
        """Judges one text.

        >>> Scorer.load().score_one("the bus was late again").label
        'not_pro_isis'
        """
        return self.score([text])[0]

    def explain(self, text: str) -> list[Word]:
        """The words of a text as the model is given them, and what each adds to its output.

        Each of the first 96 words is left out in turn. It tells what the model reacts to, not why a post
        is what it is. Empty for a text that is not judged.

        >>> [word for word, _ in Scorer.load().explain("The bus  was late")]
        ['The', 'bus', 'was', 'late']
        """
        return [Word(*word) for word in self._scorer().explain(text)]

    @staticmethod
    def normalise(text: str) -> str:
        """A text as the model is given it: :func:`threat_indicator.normalise`."""
        return _internal.normalise(text)

    def model_info(self) -> dict[str, Any]:
        """What the model says of itself, and how it is open: name, version, SHA-256 of its weights,
        languages, thresholds, path, precision, threads; `others`: models of the same folder for other languages.

        >>> len(Scorer.load().model_info()["sha256"])
        64
        """
        return self._scorer().model_info()

    def __repr__(self) -> str:
        info = self.model_info()
        return f"<threat_indicator.Scorer {info['name']} {info['version']}, {info['precision']}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Scorer, (self._path, self._precision, self._threads, self._max_bytes)

    def _columns(self, texts: Any) -> tuple[list[Any], ...]:
        return self._scorer().columns(as_list(texts))

    def _scorer(self) -> _internal.Scorer:
        """The open model of this process."""
        scorer = self._open
        if scorer.process != os.getpid():
            # Forked: its threads stayed in the parent, and a lock that one of them held stays held.
            # No lock here either: of two threads that come at once both open it, and one's is kept.
            scorer = self._open = self._opened_anew()
        return scorer

    def _opened_anew(self) -> _internal.Scorer:
        path = bundled() if self._path is None else self._path
        return _internal.Scorer(path, self._precision, self._threads, self._max_bytes)


def bundled() -> str:
    """The folder of the model that comes with the package."""
    if not (_BUNDLED / "config.json").is_file():
        raise _internal.ModelError(
            f"{_BUNDLED}: the model that comes with the package is not there: install the package anew, "
            "or name a model's folder"
        )
    return str(_BUNDLED)


def model_hash(path: str | os.PathLike[str] | None) -> str:
    """The SHA-256 of a model's weights, as its folder records it, without opening them."""
    return _internal.model_hash(bundled() if path is None else path)
