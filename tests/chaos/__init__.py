"""Proofs by siege: the real command, killed again and again while the server misbehaves; the server is the judge."""
