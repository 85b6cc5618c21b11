"""Hourly demand of recorded days forecast a week ahead from every midnight, beside "as a week ago".

python benchmarks/forecasting.py [--json FILE]

Where ours is no better it says so: in the weeks of March 2020 when the garage emptied, every forecast from the past is wrong.
Stretches without a single charge (the recording has gaps) are left out.
"""

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

from forecourt.kernel import Span
from forecourt.revenue import Accuracy, Days, History, backtest
from forecourt.simulation import load_recording, load_site

FIRST, LAST = date(2019, 5, 2), date(2021, 8, 31)
STRETCHES = {
    "June to December 2019": (date(2019, 6, 1), date(2020, 1, 1)),
    "February 2020": (date(2020, 2, 1), date(2020, 3, 1)),
    "9 to 22 March 2020, the collapse": (date(2020, 3, 9), date(2020, 3, 23)),
    "23 March to 30 April 2020, after it": (date(2020, 3, 23), date(2020, 5, 1)),
    "May to August 2021": (date(2021, 5, 1), date(2021, 8, 25)),
}


def histories() -> dict[str, History]:
    days = Days(FIRST, (LAST - FIRST).days, load_site("caltech").zone)
    charges = load_recording("caltech").sessions
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
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    given = parser().parse_args()
    figures = {}
    print("per hour, the whole week ahead; in brackets: seasonal-naive")
    for figure, history in histories().items():
        for stretch, (start, end) in STRETCHES.items():
            found = backtest(history, (start - FIRST).days, (end - FIRST).days)
            shown(figure, stretch, found)
            figures[f"{figure}, {stretch}"] = asdict(found)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
