"""Random days with faults at a site of simulated chargers: does any wire ever carry more than its limit?

    python benchmarks/faults.py [--days 1000] [--seed 1] [--processes 2] [--untested | --fresh] [--strict] [--lost 1] [--delay 0]
        [--allowed] [--json FILE]

The real flows on the store in memory, in virtual time, without sockets: facts are applied, power is planned every five minutes and on
each event, orders are delivered one by one, and the physical currents are checked against every row at each change. Each day
draws its site (6 to 12 sockets on one or three phases), its cars (some wake up late, all slow down at the end) and its faults: one
charger in twenty ignores profiles, one in twenty obeys late (up to two minutes), links drop, answers get lost, readings come late or
never, the planner is killed in the middle of its work and restarts, and on half of the days the limit is suddenly halved. The
cut binds CUT_S seconds after a plan is made: no charger can obey before it gets its order, and the slowest needs two minutes. No planner
can prevent what unreachable chargers (no link, or one just restored, or known to ignore orders) carry alone above the cut limit: that is
counted separately.

All chargers have passed or failed their acceptance test. With --untested those that ignore profiles, and one in five of the others, never
had one; with --fresh none had: they are found out by their meters, and what flows until then is counted. --strict: no charge begins at an
untested socket without room for all it can draw; a driver who is refused tries again every minute. --allowed: up to four words a day
tell how much the site may draw, 5 to 60 % of its supply, for a quarter of an hour to two hours; 40 % of them begin at once, and bind CUT_S
seconds after somebody plans; the others bind from their start on. --losing: a third of the chargers lose the fallback they have accepted,
as they boot with other firmware, as they are reset by hand (half of these boots end the charge, after the others it has no limit), or in
silence. What nobody can know or mend in time is counted apart (unknown): more than that fallback where nobody was told of the loss, and
in the first CUT_S seconds of a charge.
"""

import argparse
import json
import multiprocessing
import time
from collections import Counter
from dataclasses import asdict
from functools import partial
from pathlib import Path

from _fault_day import Day
from _fault_site import Terms

_WORST = ("over_a", "helpless_a", "unknown_a", "over_w", "helpless_w")


def play(seed: int, terms: Terms) -> dict[str, float]:
    day = Day(seed, terms).run()
    delivered = sum(socket.wh - 1000 for socket in day.sockets)
    return {"seed": seed, "delivered_wh": delivered, **{name: getattr(day.judge, name) for name in _WORST}, **day.figures}


def figures(days: list[dict[str, float]]) -> dict[str, object]:
    total = Counter[str]()
    for day in days:
        total.update({key: value for key, value in day.items() if key not in ("seed", *_WORST)})
    return {
        "days": len(days),
        "over_a_max": round(max(day["over_a"] for day in days), 3),
        "days_over": sum(day["over_a"] > 0 for day in days),
        "seeds_over": [day["seed"] for day in days if day["over_a"] > 0][:20],
        "helpless_a_max": round(max(day["helpless_a"] for day in days), 3),
        "unknown_a_max": round(max(day["unknown_a"] for day in days), 3),
        "over_w_max": round(max(day["over_w"] for day in days)),
        "seeds_over_w": [day["seed"] for day in days if day["over_w"] > 0][:20],
        "helpless_w_max": round(max(day["helpless_w"] for day in days)),
        "days_helpless": sum(day["helpless_a"] > 0 for day in days),
        **{key: round(value) for key, value in sorted(total.items())},
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--days", type=int, default=20)
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--processes", type=int, default=1)
    made.add_argument(
        "--untested", action="store_true", help="chargers that ignore profiles, and one in five of the others, were never tested"
    )
    made.add_argument("--fresh", action="store_true", help="no charger was ever tested")
    made.add_argument("--strict", action="store_true", help="no charge begins at an untested socket without room")
    made.add_argument("--lost", type=float, default=1.0, help="the most hours for which a link is lost")
    made.add_argument("--delay", type=int, default=0, help="raises wait at random for up to so many seconds")
    made.add_argument("--allowed", action="store_true", help="others tell at once, or hours before, how much the site may draw")
    made.add_argument("--losing", action="store_true", help="chargers lose the fallback they have accepted, with a sign and without")
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    began = time.perf_counter()
    terms = Terms(args.untested, args.fresh, args.strict, args.lost, args.delay, args.allowed, args.losing)
    with multiprocessing.Pool(args.processes) as pool:
        days = list(pool.imap(partial(play, terms=terms), range(args.seed, args.seed + args.days)))
    found = {**asdict(terms), **figures(days), "wall_s": round(time.perf_counter() - began)}
    print("  " + "  ".join(f"{key} {value}" for key, value in found.items()))
    if args.json:
        args.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
