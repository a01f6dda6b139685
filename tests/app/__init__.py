"""The terminal app, driven as a person drives it."""
