"""leatops as a library: bulk work on a Leat loyalty account, planned, reviewed, run and accounted for.

The nouns and verbs of the engine under one name; each is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ops.canary import Canary
    from ops.draft import PlanOptions
    from ops.errors import LeatopsError
    from ops.export import Export, ExportOptions, export_contacts, export_giftcards
    from ops.leat.profile import Account
    from ops.mapping import Mapping
    from ops.notebook import Consent, run_plan, watch_run
    from ops.plan import Plan
    from ops.planner import make_plan
    from ops.report import Report
    from ops.run import RunOptions
    from ops.sheet import Sheet, read_sheet
    from ops.tally import Tally
    from ops.undo import make_undo
    from ops.verify import Verify

__all__ = [
    "Account",
    "Canary",
    "Consent",
    "Export",
    "ExportOptions",
    "LeatopsError",
    "Mapping",
    "Plan",
    "PlanOptions",
    "Report",
    "RunOptions",
    "Sheet",
    "Tally",
    "Verify",
    "export_contacts",
    "export_giftcards",
    "make_plan",
    "make_undo",
    "read_sheet",
    "run_plan",
    "watch_run",
]

_ROOMS: Final = {
    "Account": "ops.leat.profile",
    "Canary": "ops.canary",
    "Consent": "ops.notebook",
    "Export": "ops.export",
    "ExportOptions": "ops.export",
    "LeatopsError": "ops.errors",
    "Mapping": "ops.mapping",
    "Plan": "ops.plan",
    "PlanOptions": "ops.draft",
    "Report": "ops.report",
    "RunOptions": "ops.run",
    "Sheet": "ops.sheet",
    "Tally": "ops.tally",
    "Verify": "ops.verify",
    "export_contacts": "ops.export",
    "export_giftcards": "ops.export",
    "make_plan": "ops.planner",
    "make_undo": "ops.undo",
    "read_sheet": "ops.sheet",
    "run_plan": "ops.notebook",
    "watch_run": "ops.notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'ops' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
