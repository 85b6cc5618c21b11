"""Hourly demand of recorded days, forecast a week ahead from every midnight, compared with "as a week ago".

python benchmarks/forecasting.py [--site FOLDER] [--json FILE]

FOLDER: another garage, in the form of docs/replay.md; its first four weeks are only used for learning.

The output says so where ours is no better: in the weeks of March 2020 when the garage emptied, every forecast from the past is wrong.
Stretches without a single charge (the recording has gaps) are left out.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from forecourt.kernel import Span
from forecourt.revenue import Accuracy, Days, History, backtest
from forecourt.simulation import load_recording, load_site, recorded_days

DAY, WARM_UP = timedelta(days=1), timedelta(days=28)
FIRST, LAST = date(2019, 5, 2), date(2021, 8, 31)
STRETCHES = {
    "June to December 2019": (date(2019, 6, 1), date(2020, 1, 1)),
    "February 2020": (date(2020, 2, 1), date(2020, 3, 1)),
    "9 to 22 March 2020, the collapse": (date(2020, 3, 9), date(2020, 3, 23)),
    "23 March to 30 April 2020, after it": (date(2020, 3, 23), date(2020, 5, 1)),
    "May to August 2021": (date(2021, 5, 1), date(2021, 8, 25)),
}


@dataclass(frozen=True)
class Past:
    """Of one garage. stretches: the days from whose midnights is forecast, by what they are called."""

    site: str
    first: date
    last: date
    stretches: Mapping[str, tuple[date, date]]

    @classmethod
    def of(cls, site: str) -> "Past":
        if site == "caltech":
            return cls(site, FIRST, LAST, STRETCHES)
        known = recorded_days(site)
        first, last, begin = known[0], known[-1] + DAY, known[0] + WARM_UP
        if begin >= last:
            raise SystemExit(f"{site} holds {(last - first).days} days; a forecast needs more than {WARM_UP.days}.")
        return cls(site, first, last, {f"{begin} to {last - DAY}": (begin, last)})


def histories(past: Past) -> dict[str, History]:
    days = Days(past.first, (past.last - past.first).days, load_site(past.site).zone)
    charges = load_recording(past.site).sessions
    minutes = [(Span(one.arrival, one.departure), (one.departure - one.arrival).total_seconds() / 60) for one in charges]
    return {"arrivals": days.counted(one.arrival for one in charges), "busy socket-minutes": days.spread(minutes)}


def shown(figure: str, stretch: str, found: Accuracy) -> None:
    verdict = "" if found.beats_naive else "  no better than naive"
    print(
        f"{figure:<20}{stretch:<37} MAE {found.mae:7.2f} ({found.mae_naive:7.2f})  RMSE {found.rmse:7.2f} ({found.rmse_naive:7.2f})"
        f"  pinball {found.pinball:6.2f} ({found.pinball_naive:6.2f})  in the 80 % interval {found.coverage:4.0%}{verdict}",
        flush=True,
    )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--site", default="caltech", help="a recorded site, or a folder with one")
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    given = parser().parse_args()
    figures, past = {}, Past.of(given.site)
    print("per hour, the whole week ahead; in brackets: seasonal-naive")
    for figure, history in histories(past).items():
        for stretch, (start, end) in past.stretches.items():
            found = backtest(history, (start - past.first).days, (end - past.first).days)
            shown(figure, stretch, found)
            figures[f"{figure}, {stretch}"] = asdict(found)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
