"""Are promises kept, and who waits how long? Weeks of a real garage, under several policies for assigning its sockets.

    python benchmarks/waiting.py [--weeks 2019-09-02 ...] [--seeds 101] [--sockets 24] [--json FILE]

Arrivals, stated and true stays are those of the Caltech garage (see src/forecourt/simulation/data/ATTRIBUTION.md), at a smaller
site so that sockets are scarce. Half of the drivers would book; one booking in twenty is not used; a socket is out of order 2 % of the
time. Drivers stay as long as they really did, whatever they said. The same drivers come under every policy:
  ours            bookings of a socket of the kind, walk-ins in the gaps, the queue
  buffers         the same, but each booking keeps its socket longer by what drivers tend to overstay
  named           as buffers, but a booking names one free socket
  walk-ins        no bookings; a driver who finds no socket looks again every half hour
  walk-ins+queue  no bookings; a driver who finds no socket joins the queue
The functions of `forecourt.reservations` decide what is promised, placed, bound, moved and called; this file only has the cars.

A driver who gets no socket counts with their whole patience. One who is refused a booking comes all the same, and waits like the others.
Besides the mean wait, the reasons are shown: minutes per driver by reason (of those who are in a queue).

The rules were developed on four weeks of June to August 2019 with seeds 1 and 2 (--weeks 2019-06-03 2019-06-17 2019-07-08 2019-08-05
--seeds 1 2); the weeks and seeds below only measure them.
"""

import argparse
import json
from datetime import timedelta
from pathlib import Path
from statistics import mean

from _waiting_reasons import REASONS
from _waiting_site import Policy, Site, Waited
from _waiting_visits import HELD_OUT_SEEDS, HELD_OUT_WEEKS, WEEK, outages_of, stays_before, visits_of, week_of

from forecourt.reservations import inversions

POLICIES = {
    "ours": Policy(),
    "buffers": Policy(foresees=False),
    "named": Policy(named=True, foresees=False),
    "walk-ins": Policy(books=False, queue=False, foresees=False),
    "walk-ins+queue": Policy(books=False, foresees=False),
}
_MINUTE = timedelta(minutes=1)


def play(policy: Policy, weeks: list[str], seeds: list[int], sockets: int, length: timedelta = WEEK) -> list[Site]:
    sites = []
    for start in map(week_of, weeks):
        for seed in seeds:
            site = Site(policy, sockets, stays_before(start))
            site.play(visits_of(start, seed, length), outages_of(start, seed, sockets, length), start + length)
            sites.append(site)
    return sites


def percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def ratio(marked: list[tuple[bool, bool]]) -> float:
    """The share accepted among those marked to that among the others."""
    first, second = ([taken for mark, taken in marked if mark is wanted] for wanted in (True, False))
    return round(mean(first) / mean(second), 3) if first and any(second) else 0.0


def minutes(waits: list[Waited]) -> float:
    return round(mean([one.wait / _MINUTE for one in waits] or [0]), 1)


def moved(sites: list[Site]) -> float:
    """How far from the start they asked for people were given one; all within what they had said would do, or taken as an offer."""
    away = [abs(one.window.start - site.visits[number].at) / _MINUTE for site in sites for number, one in site.bookings.items()]
    return round(mean(away or [0]), 1)


def figures(name: str, sites: list[Site], length: timedelta = WEEK) -> dict[str, object]:
    asked = [one for site in sites for one in site.asked]
    broken = [one for site in sites for one in site.broken]
    waits = [one for site in sites for one in site.waits]
    accepted = sum(one.accepted for one in asked)
    mixed = [inversions(list(site.tickets.values())) for site in sites]
    return {
        "policy": name,
        "came": len(waits),
        "served_pct": percent(sum(site.served for site in sites), len(waits)),
        "utilisation_pct": percent(sum(site.busy / length for site in sites), sum(site.sockets for site in sites)),
        "wait_min": minutes(waits),
        "wait_booked_min": minutes([one for one in waits if one.booked]),
        "wait_others_min": minutes([one for one in waits if not one.booked]),
        "wait_member_min": minutes([one for one in waits if one.member]),
        "wait_guest_min": minutes([one for one in waits if not one.member]),
        **{f"wait_{reason}": round(sum(site.reasons.minutes[reason] for site in sites) / len(waits), 2) for reason in REASONS},
        "moved_min": moved(sites),
        "asked": len(asked),
        "accepted_pct": percent(accepted, len(asked)),
        "kept_pct": percent(accepted - len(broken), accepted),
        **{f"broken_{cause}": broken.count(cause) for cause in ("fault", "overstay", "walk_in")},
        "short_to_long": ratio([(one.short, one.accepted) for one in asked]),
        "member_to_guest": ratio([(one.member, one.accepted) for one in asked]),
        "inversions_by_lead": sum(one.by_lead for one in mixed),
        "inversions_unexplained": sum(one.unexplained for one in mixed),
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--weeks", nargs="+", default=HELD_OUT_WEEKS)
    made.add_argument("--seeds", nargs="+", type=int, default=HELD_OUT_SEEDS)
    made.add_argument("--sockets", type=int, default=24)
    made.add_argument("--days", type=int, default=7)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    length = timedelta(days=args.days)
    print(f"{args.sockets} sockets; {len(args.weeks)} x {args.days} days, {len(args.seeds)} seeds")
    rows = []
    for name, policy in POLICIES.items():
        rows.append(figures(name, play(policy, args.weeks, args.seeds, args.sockets, length), length))
        print("  " + "  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
