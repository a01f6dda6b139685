"""A switch that is read without colours as well: `[x] yes` and `[ ] no`."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class YesNo(Checkbox):
    """A checkbox whose label is its value."""

    DEFAULT_CSS = """
    YesNo { width: 7; }
    """

    def render(self) -> Content:
        """The box and the word."""
        return Content("[x] yes" if self.value else "[ ] no").stylize_before(self.get_visual_style("toggle--label"))
