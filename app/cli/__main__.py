"""`python -m app.cli`: the same as the `leatops` script."""

from __future__ import annotations

from app.cli import main

main()
