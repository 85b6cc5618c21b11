"""Every money story with a fault at every point: each commit, each order to the provider or a charger and each event from the
provider, with everything that can go wrong there; then random pairs of faults. After each: every watt-hour is billed once or set
aside, the ledger sums to zero and agrees with the documents, nothing is charged twice and no hold remains.

python benchmarks/fault_points.py [--store postgres] [--story guest] [--every 1] [--pairs 300] [--seed 1] [--json FILE]

The reference is each story without a fault. --store postgres: on a real PostgreSQL; --every: one in so many single faults.
"""

import argparse
import json
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random

from _fault_databases import InMemory, OnPostgres, opened
from _fault_deposits import DepositStory
from _fault_points import ACTS, Act, Points
from _fault_stories import STORIES as STORIES_OF_PAYING
from _fault_story import Story

STORIES: dict[str, type[Story]] = {**STORIES_OF_PAYING, "deposit": DepositStory}


def played(story: str, plan: Mapping[int, Act], base: InMemory | OnPostgres | None = None) -> tuple[bool, Points]:
    """Whether people got what they came for, and the points passed. Raises AssertionError with the plan of a run that is wrong."""
    points = Points(plan)
    try:
        with (base or InMemory()).empty() as transactions:
            return STORIES[story](points, transactions).play_and_check(), points
    except Exception as error:
        raise AssertionError(f"{story} with {'; '.join(points.told) or 'nothing wrong'}: {error!r}") from error


def alike(story: str, plan: Mapping[int, Act], base: OnPostgres) -> tuple[bool, Points]:
    """On PostgreSQL as in memory: the same points passed, the same told, the same come of it."""
    through, points = played(story, plan, base)
    expected, remembered = played(story, plan)
    same = (through, points.kinds, points.told) == (expected, remembered.kinds, remembered.told)
    assert same, f"{story} with {'; '.join(points.told)} goes another way on PostgreSQL than in memory"
    return through, points


def singles(story: str) -> list[dict[int, Act]]:
    """A plan for each point of the story and each thing that can happen there; those that lose most come first."""
    through, points = played(story, {})
    assert through, f"{story} does not come through without a fault"
    order = sorted(enumerate(points.kinds), key=lambda one: list(ACTS).index(one[1]))
    return [{number: act} for number, kind in order for act in ACTS[kind]]


def pairs(story: str, count: int, random: Random) -> list[dict[int, Act]]:
    _, points = played(story, {})
    length = len(points.kinds) + 20  # faults make a story longer
    return [{random.randrange(length): random.choice(list(Act)) for _ in range(2)} for _ in range(count)]


def run(story: str, plans: list[dict[int, Act]], base: InMemory | OnPostgres | None = None) -> dict[str, int]:
    through = [(alike(story, plan, base) if isinstance(base, OnPostgres) else played(story, plan, base))[0] for plan in plans]
    return {"schedules": len(plans), "came through": sum(through)}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--store", choices=("memory", "postgres"), default="memory")
    made.add_argument("--every", type=int, default=1)
    made.add_argument("--story", choices=list(STORIES))
    made.add_argument("--pairs", type=int, default=300)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    asked = parser().parse_args()
    figures: dict[str, dict[str, object]] = {}
    with opened(asked.store) as base:
        for story in [asked.story] if asked.story else STORIES:
            begun, one = time.process_time(), singles(story)[:: asked.every]
            single, double = run(story, one, base), run(story, pairs(story, asked.pairs, Random(asked.seed)), base)
            spent_s = time.process_time() - begun
            figures[story] = {"points": len({number for plan in one for number in plan}), "single": single, "pairs": double}
            figures[story]["per CPU-minute"] = round(60 * (len(one) + asked.pairs) / spent_s)
            print(f"{story:>10}: {figures[story]}", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
