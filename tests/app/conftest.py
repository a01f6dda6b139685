"""How pictures of the screens are kept: as SVG files that fetch no fonts."""

from __future__ import annotations

import pytest_textual_snapshot  # type: ignore[import-untyped]

from tests.pictures import offline

# The plugin was written for an older syrupy, which had another name for it.
pytest_textual_snapshot.SVGImageExtension.file_extension = "svg"

_normalize = pytest_textual_snapshot.normalize_svg


def _offline(svg: str) -> str:
    return offline(_normalize(svg))


pytest_textual_snapshot.normalize_svg = _offline
