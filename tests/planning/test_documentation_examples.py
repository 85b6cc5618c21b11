"""The examples of docs/planning.md are correct."""

import doctest
import json
import re
from pathlib import Path

from forecourt.planning import Solver, parse_planning_request, planning_result_json

PAGE = Path(__file__).parents[2] / "docs" / "planning.md"


def test_the_example_problem_of_the_page_gives_the_plan_of_the_page() -> None:
    problem, plan = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert planning_result_json(parse_planning_request(problem).solve(Solver())) == plan


def test_the_code_on_the_page_runs() -> None:
    assert doctest.testfile(str(PAGE), module_relative=False) == doctest.TestResults(0, len(re.findall("^>>>", PAGE.read_text(), re.M)))
