"""Screens: one stage of the work each; a screen takes a value, owns its workers, and returns the next value."""
