"""Of `osprey.engine.udf.base`: what a plugin uses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Optional, TypeVar, get_args, get_origin

from osprey.engine.executor.execution_context import ExecutionContext
from osprey.engine.udf.arguments import ArgumentsBase

Arguments = TypeVar("Arguments", bound=ArgumentsBase)
RValue = TypeVar("RValue")


class UDFBase(Generic[Arguments, RValue], ABC):
    """A function that rules may call by the name of its class."""

    execute_async: ClassVar[bool] = False
    category: ClassVar[Optional[str]] = None

    @abstractmethod
    def execute(self, execution_context: ExecutionContext, arguments: Arguments) -> RValue:
        """The result for a call's arguments."""

    @classmethod
    def _types(cls) -> tuple[Any, ...]:
        for base in getattr(cls, "__orig_bases__", ()):
            if get_origin(base) is UDFBase:
                return get_args(base)
        raise TypeError("Must subclass the generic UDFBase[Arguments, RValue].")

    @classmethod
    def get_arguments_type(cls) -> Any:
        """The class of the arguments."""
        return cls._types()[0]

    @classmethod
    def get_rvalue_type(cls) -> Any:
        """The type of the result, by which rules are checked."""
        return cls._types()[1]
