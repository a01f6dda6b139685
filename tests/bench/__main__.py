"""All benchmarks at a smaller scale, in a few minutes; each module alone runs at the documented one."""

from __future__ import annotations

from tests.bench import planning, running, startup, throughput

if __name__ == "__main__":
    startup.main(rounds=5)
    planning.main(rows=100_000, rounds=3)
    running.main(few=20_000, many=100_000)
    throughput.main(rows=1_000, rounds=3)
