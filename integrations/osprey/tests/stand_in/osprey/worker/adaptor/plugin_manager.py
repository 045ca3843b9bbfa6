"""Of `osprey.worker.adaptor.plugin_manager`: what a plugin uses, with the same names and the real pluggy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pluggy
from osprey.engine.udf.base import UDFBase

OSPREY_ADAPTOR = "osprey_plugin"

hookimpl_osprey = pluggy.HookimplMarker(OSPREY_ADAPTOR)
hookspec = pluggy.HookspecMarker(OSPREY_ADAPTOR)


class _Hooks:
    @hookspec
    def register_udfs(self) -> Sequence[type[UDFBase[Any, Any]]]:  # type: ignore[empty-body]
        """The functions of a plugin."""


def loaded() -> pluggy.PluginManager:
    """A plugin manager that has loaded what is installed, as Osprey's worker does it."""
    manager = pluggy.PluginManager(OSPREY_ADAPTOR)
    manager.add_hookspecs(_Hooks)
    manager.load_setuptools_entrypoints(OSPREY_ADAPTOR)
    manager.check_pending()
    return manager
