"""The added columns, and what they are called where a name is taken."""

from __future__ import annotations

from collections.abc import Iterable

from threat_indicator._verdict import FIELDS

_PREFIX = "threat_"


def names_beside(columns: Iterable[str], by_case: bool = True) -> dict[str, str]:
    """For each field of a verdict a name that no column has. A gold label is often called ``label``: it
    is never overwritten, and the added one is ``threat_label``, as in the program ``score``.

    >>> names_beside(["id", "text", "label"])["label"]
    'threat_label'

    Where an engine takes ``Label`` and ``label`` for one name, ``by_case`` is false.
    """
    taken = set(columns if by_case else map(str.lower, columns))

    def free(name: str) -> str:
        while name in taken:
            name = _PREFIX + name
        return name

    return {field: free(field) for field in FIELDS}


def check_column(column: str, columns: Iterable[str], argument: str = "text") -> None:
    """Refuses the name of a column that is not there."""
    columns = list(columns)
    if column not in columns:
        raise ValueError(
            f"{argument}: there is no column {column!r}; there are: {', '.join(map(repr, columns))}"
        )
