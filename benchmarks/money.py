"""Random operations on documents, payments and the ledger, with crashes, duplicates, reordered events and provider timeouts. Each
world of them is then settled and checked: sums are zero, the chain is intact, nothing is charged twice, no hold is below zero, every
charge is on one invoice, numbers have no gap, and the ledger agrees with the provider's own record.

python benchmarks/money.py [--count 20000] [--seed 1] [--world 150] [--json FILE]

The reference is the same operations without any fault in them.
"""

import argparse
import json
import resource
import time
from collections import Counter
from pathlib import Path

from _money_machine import Machine


def run(count: int, seed: int, world: int, faults: bool) -> dict[str, object]:
    """The figures of count operations in worlds of so many. Raises AssertionError with the seed of a world that is wrong."""
    done: Counter[str] = Counter()
    begun, number = time.process_time(), 0
    for left in range(count, 0, -world):
        machine = Machine(seed * 1_000_003 + number, faults)
        try:
            machine.play(min(world, left))
            done += machine.settle_and_check()
        except AssertionError as error:
            raise AssertionError(f"world {number} of seed {seed}: {error}") from error
        number += 1
    spent_s = time.process_time() - begun
    kinds = {name: amount for name, amount in sorted(done.items()) if not name.startswith("_")}
    told = {name.removeprefix("_"): amount for name, amount in sorted(done.items()) if name.startswith("_")}
    operations = sum(kinds.values())
    return {
        "operations": operations,
        "worlds": number,
        "cpu_s": round(spent_s, 1),
        "per_cpu_s": round(operations / spent_s),
        "kinds": kinds,
        **told,
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--count", type=int, default=20_000)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--world", type=int, default=150)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    asked = parser().parse_args()
    faulty = run(asked.count, asked.seed, asked.world, faults=True)
    calm = run(max(asked.count // 10, 1), asked.seed, asked.world, faults=False)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for name, value in faulty.items():
        print(f"{name:>22}: {value}")
    print(f"{'without faults':>22}: {calm['per_cpu_s']} a CPU-second, {faulty['per_cpu_s']} with them; peak {peak_mib} MiB")
    if asked.json:
        asked.json.write_text(json.dumps({"faults": faulty, "calm": calm, "peak_mib": peak_mib}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
