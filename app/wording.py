"""What the engine advises, in the words of the app: its buttons and options, and no command where there is a key.

Which advice fits is the engine's to say.
"""

from __future__ import annotations

from typing import Final

from app.display import visible
from ops.advice import Advice, Way
from ops.errors import LeatopsError

AGAIN: Final = "A second time it runs only on the command line, with --again."
WORDS: Final = {
    "resume": "Resume on the report",
    "resend": "Resend on the report",
    "settle": "Settle on the report",
    "make_plan": "plan the file again",
    "show_or_run": "`leatops show` and `leatops run` on the command line show it and do it",
    "find": "plan on the command line with --lookup find",
    "run_before": f"Earlier runs has it, with what happened, and goes on with it. {AGAIN}",
    "again": AGAIN,
}
"""By the name of the way; one that is not here leads over the command line."""


def in_app(advice: Advice) -> str:
    """The text as the app says it, fit for the screen."""
    return visible(advice.said(_words))


def told(error: LeatopsError) -> str:
    """An error as the app says it, fit for the screen."""
    return in_app(error.advice)


def _words(way: Way) -> str:
    match way.name, way.values:
        case "set", (option, "true"):
            return f"{option} switched on"
        case "set", (option, *values):
            return f"{option} set to {' or '.join(values)}"
        case "choose", (option,):
            return f"the option {option}"
    return WORDS.get(way.name) or f"{way.command} (on the command line)"
