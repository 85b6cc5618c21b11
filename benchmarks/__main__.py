"""`make bench`: runs every benchmark of this folder after the other, each with its reference beside it; the figures of all as JSON.

A benchmark is a script that prints a table and takes `--json FILE`. Arguments it needs beyond that stand in ARGUMENTS.
"""

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


def run(script: Path) -> object:
    """The figures of one benchmark. Ends with its exit code if it fails."""
    print(f"\n== {script.stem} ==", flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as figures:
        command = [sys.executable, str(script), *ARGUMENTS.get(script.stem, []), "--json", figures.name]
        code = subprocess.run(command, cwd=HERE.parent, check=False).returncode
        if code != 0:
            sys.exit(code)
        return json.loads(Path(figures.name).read_text("utf-8"))


def main() -> None:
    wanted = sys.argv[1:]
    scripts = [path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_") and (not wanted or path.stem in wanted)]
    figures = {script.stem: run(script) for script in scripts}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1), "utf-8")
    print(f"\nAll figures: {RESULTS.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
