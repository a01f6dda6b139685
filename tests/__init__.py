"""The proofs: one folder a room."""
