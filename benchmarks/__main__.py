"""`make bench`: runs every benchmark of this folder in turn, each with its reference; writes all figures as JSON.

    python -m benchmarks [--quick] [NAME ...]

A benchmark is a script that prints a table, accepts `--json FILE` and describes its options in `parser()`. Other arguments it needs
are in ARGUMENTS. --quick: each in its smallest form (QUICK), which only shows that it works and measures nothing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = HERE.parent / "test-results" / "bench.json"
DATA = HERE.parent / "src" / "forecourt" / "simulation" / "data"
ARGUMENTS = {
    "month": ["--data", str(DATA), "--month", "2019-10", "--history", "2019-09"],
    "month_sun": ["--data", str(DATA), "--month", "2019-10", "--history", "2019-09"],
    "promises": ["--data", str(DATA), "--dates", "2019-09-10", "2019-11-05", "--kw", "20", "--walk-in-percent", "50", "--by-phases"],
    "planning": ["--data", str(DATA), "--dates", "2019-09-05", "--kw", "20", "40", "60"],
}
QUICK = {
    "bill_run": ["--count", "20", "--kill-worker-every", "10", "--kill-database-every", "15"],
    "booking": ["--seeds", "101", "--sockets", "2", "--load", "0.5"],
    "crowd": ["--clients", "20", "--rounds", "1"],
    "documents": ["--count", "3"],
    "fault_points": ["--every", "400", "--pairs", "2"],
    "faults": ["--days", "1"],
    "gateway": ["--quick"],
    "money": ["--count", "20"],
    "month": ["--only", "LLF"],
    "month_sun": ["--only", "roof alone"],
    "planning": ["--dates", "2019-09-07", "--kw", "20", "--only", "one step", "RR"],
    "poison": ["--actions", "Authorize"],
    "pricing": ["--seeds", "1"],
    "promises": ["--dates", "2019-09-07", "--kw", "30", "--only", "one step"],
    "rating": ["--count", "100"],
    "lost_worker": ["--kills", "1"],
    "takeover": ["--kills", "1"],
    "waiting": ["--weeks", "2019-05-14", "--seeds", "1", "--days", "1"],
    "years": ["--a-day", "1", "--months", "2"],
}
BY_HAND = {"three_phase"}  # its data may not be shipped
NAMES = [path.stem for path in sorted(HERE.glob("[a-z]*.py")) if path.stem not in BY_HAND]


def run(script: Path, arguments: list[str]) -> object:
    """The figures of one benchmark. Ends with its exit code if it fails."""
    print(f"\n== {script.stem} ==", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as figures:
        command = [sys.executable, str(script), *arguments, "--json", figures.name]
        code = subprocess.run(command, cwd=HERE.parent, check=False).returncode
        if code != 0:
            sys.exit(code)
        return json.loads(Path(figures.name).read_text("utf-8"))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--quick", action="store_true")
    made.add_argument("names", nargs="*", metavar="NAME", choices=NAMES)
    return made


def main() -> None:
    asked = parser().parse_args()
    small = QUICK if asked.quick else {}
    figures = {name: run(HERE / f"{name}.py", ARGUMENTS.get(name, []) + small.get(name, [])) for name in asked.names or NAMES}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1), "utf-8")
    print(f"\nAll figures: {RESULTS.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
