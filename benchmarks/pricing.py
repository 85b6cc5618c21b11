"""Our pricing compared with the best flat price, the exact dynamic programme and the fluid bound, on sites it has not seen.

python benchmarks/pricing.py [--seeds 2] [--json FILE]
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from forecourt.revenue import ELASTICITIES, FIRST_HELD_OUT, LOADS, Cell, optimal_money, optimise_prices, random_demand, sweep, sweep_json


def shown(cell: Cell) -> None:
    share = "  -" if cell.share is None else f"{cell.share:4.0%}"
    print(
        f"elasticity {cell.elasticity:g} load {cell.load:<4g} best flat {cell.flat_money:7.2f}"
        f"  two periods {cell.two_periods:+6.1%}  ours {cell.ours:+6.1%}"
        f"  exact {cell.exact:+6.1%} ({share})  fluid {cell.fluid:+6.1%}  worst seed {cell.worst:+6.1%}"
        f"  refused {cell.refused_flat:4.0%} -> {cell.refused_ours:4.0%}  dispersion {cell.dispersion:4.0%}",
        flush=True,
    )


def took_ms(work: object, times: int) -> list[float]:
    """Processor time of each call."""
    found = []
    for number in range(times):
        demand = random_demand(FIRST_HELD_OUT + number, 1.0 + number % 3, (0.5, 0.8, 1.1)[number % 3])
        began = time.process_time()
        work(demand)  # type: ignore[operator]
        found.append((time.process_time() - began) * 1000)
    return found


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--seeds", type=int, default=2)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    given = parser().parse_args()
    cells = sweep(ELASTICITIES, LOADS, given.seeds, shown)
    ours, exact = took_ms(optimise_prices, 45), took_ms(lambda demand: optimal_money(demand, 0.35, 0.65), 3)
    figures = {"decision_ms_p50": statistics.median(ours), "decision_ms_max": max(ours), "exact_ms_p50": statistics.median(exact)}
    most = figures["decision_ms_max"]
    print(f"a decision from nothing: {figures['decision_ms_p50']:.1f} ms (most {most:.1f}); exact {figures['exact_ms_p50']:.0f} ms")
    if given.json:
        given.json.write_text(json.dumps({**figures, **sweep_json(cells)}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
