"""`report.html`: a run's outcome for a person, as one page without scripts or a network.

What it says comes from `report`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment

from ops.remedies import TITLES
from ops.visible import visible

COLOURS: Final = {
    "done": "#2e7d32",
    "same": "#90a4ae",
    "invalid": "#f9a825",
    "held": "#ef6c00",
    "refused": "#c62828",
    "unknown": "#6a1b9a",
    "pending": "#cfd8dc",
}
SHOWN_CAUSES: Final = 20
"""So many groups of one cause are shown."""


def _seen(value: object) -> object:
    """What is put into the page, a text with what turns or hides its characters written out."""
    return visible(value) if isinstance(value, str) else value


_PAGE: Final = Environment(autoescape=True, finalize=_seen).from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ d.run }}</title>
<style>
 body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
 table { border-collapse: collapse; width: 100% }
 td, th { text-align: left; padding: .2rem .8rem .2rem 0; vertical-align: top }
 td.n { text-align: right; font-variant-numeric: tabular-nums } tr { border-bottom: 1px solid #eee }
 .key { display: inline-block; width: .8em; height: .8em; margin-right: .5em }
</style></head><body>
<h1>{{ d.job }}: {{ d.state }}</h1>
<p>{{ "{:,}".format(d.rows) }} rows of {{ d.plan.source }}; {{ "{:,}".format(d.requests) }} requests,
{{ d.retries }} of them tried again, in {{ "%.1f"|format(d.seconds) }} s.
{% if d.why %}Stopped: {{ d.why }}.{% endif %}</p>
<svg viewBox="0 0 100 6" width="100%" height="24" preserveAspectRatio="none" role="img" aria-label="rows by outcome">
{% for bar in bars %}<rect x="{{ bar.x }}" y="0" width="{{ bar.width }}" height="6" fill="{{ bar.colour }}"><title>{{
bar.name }}: {{ bar.count }}</title></rect>{% endfor %}</svg>
<table>{% for bar in bars %}<tr><td><span class="key" style="background:{{ bar.colour }}"></span>{{ bar.name }}</td>
<td class="n">{{ "{:,}".format(bar.count) }}</td></tr>{% endfor %}</table>
{% if d.verified or d.mismatch or d.unread %}<p>Read back: {{ "{:,}".format(d.verified) }} as written,
{{ "{:,}".format(d.mismatch) }} otherwise{% if d.unread %}, {{ "{:,}".format(d.unread) }} not to be read{% endif %}.</p>
{% endif %}{% if causes %}<h2>Causes, and what to do</h2>
<table><tr><th>Rows</th><th>Where</th><th>Why</th><th>Such as</th><th>Next</th></tr>
{% for one in causes %}<tr><td class="n">{{ "{:,}".format(one.count) }}</td><td>{{ titles[one["class"]] }}</td>
<td>{% if one.field %}{{ one.field }}: {% endif %}{{ one.cause }}{% if one.code %} ({{ one.code }}){% endif %}</td>
<td>row {{ one.example.row }}: {{ one.example.message }}</td><td>{{ one.next }}</td></tr>{% endfor %}
</table>{% endif %}{% if worst %}<h2>Rows that need a look</h2><table><tr><th>Row</th><th>Outcome</th><th>Why</th></tr>
{% for one in worst %}<tr><td>{{ one.row }}</td><td>{{ one.status }}</td><td>{{ one.message }}</td></tr>{% endfor %}
</table>{% endif %}<p>Every row is in results.csv beside this page.</p></body></html>
"""
)


def render_page(summary: Mapping[str, Any], worst: list[dict[str, str]]) -> str:
    """The page.

    Args:
        summary: As in `summary.json`.
        worst: Rows that did not go well: `row`, `status`, `message`.
    """
    counts: dict[str, int] = summary["counts"]
    total = max(1, sum(counts.values()))
    bars, x = [], 0.0
    for name, count in counts.items():
        width = 100 * count / total
        bars.append(
            {
                "name": name,
                "count": count,
                "x": round(x, 4),
                "width": round(width, 4),
                "colour": COLOURS[name],
            }
        )
        x += width
    return _PAGE.render(d=summary, bars=bars, worst=worst, causes=summary["triage"][:SHOWN_CAUSES], titles=TITLES)
