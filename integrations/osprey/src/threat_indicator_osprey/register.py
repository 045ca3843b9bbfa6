"""What Osprey finds by the entry point ``osprey_plugin``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osprey.engine.udf.base import UDFBase
from osprey.worker.adaptor.plugin_manager import hookimpl_osprey

from threat_indicator_osprey.model import scorer
from threat_indicator_osprey.udfs import ThreatBand, ThreatScore


@hookimpl_osprey
def register_udfs() -> Sequence[type[UDFBase[Any, Any]]]:
    """The functions of this package. A model that is missing or damaged stops the worker here, at its
    start, and not at its first post."""
    scorer()
    return [ThreatScore, ThreatBand]
