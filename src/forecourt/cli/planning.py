"""`forecourt plan`."""

import json
from pathlib import Path

import click

from forecourt.cli.files import read_json
from forecourt.kernel import instant_text
from forecourt.planning import ScheduleStep, Solver, parse_planning_request, planning_result_json


@click.command()
@click.argument("problem", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
def plan(problem: Path, as_json: bool) -> None:
    """Make one power plan for a site described in a JSON file."""
    answer = parse_planning_request(read_json(problem)).solve(Solver())
    if as_json:
        click.echo(json.dumps(planning_result_json(answer), indent=2))
        return
    click.echo(f"Plan {answer.plan.number}: {answer.plan.status}")
    for setpoint in answer.plan.setpoints:
        click.echo(f"  {setpoint.evse:<12} {setpoint.amps:>3} A  {setpoint.because}")
    if answer.plan.binding:
        click.echo(f"Limited by: {', '.join(answer.plan.binding)}")
    if answer.steps:
        click.echo("If no other car arrives:")
    for step in answer.steps:
        shares = ", ".join(f"{name} {watts / 1000:.1f}" for name, watts in step.watts)
        click.echo(f"  {instant_text(step.start)}  {step.total_w / 1000:>6.1f} kW  {shares}{_fed_by(step)}")


def _fed_by(step: ScheduleStep) -> str:
    """Where the power comes from, if not all from the grid."""
    if step.mix is None:
        return ""
    parts = {"grid": step.mix.grid_w, "sun": step.mix.sun_w, "fed in": step.mix.fed_w, "storage": step.mix.storage_w}
    return "  (" + ", ".join(f"{name} {watts / 1000:.1f}" for name, watts in parts.items()) + ")"
