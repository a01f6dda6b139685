"""Widgets: they draw values they are given and say what a person did; they never call the engine."""
