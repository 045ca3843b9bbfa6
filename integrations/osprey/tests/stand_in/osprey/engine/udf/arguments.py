"""Of `osprey.engine.udf.arguments`: what a plugin uses."""

from __future__ import annotations

from typing import Any, get_type_hints


class ArgumentsBase:
    """The named arguments of a call: one for each annotation of a subclass."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        for name, value in arguments.items():
            setattr(self, name, value)

    @classmethod
    def items(cls) -> dict[str, Any]:
        """The names and types of the arguments."""
        return {name: kind for name, kind in get_type_hints(cls).items() if not name.startswith("_")}
