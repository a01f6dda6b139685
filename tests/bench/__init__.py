"""Benchmarks, run by hand: `python -m tests.bench`. Each prints ratios that come from one run on one machine."""
