"""How files become sheets."""
