"""A contract for import-linter: a room, a step of flows or an edge is entered through its front door, and nowhere else."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


class FrontDoorContract(Contract):
    """Breaks for every direct import of something inside a room from outside that room.

    A room's door is `forecourt.<room>`. Rooms named in `by_steps` have one for each step instead, `forecourt.<room>.<step>`.
    """

    type_name = "front_door"
    package = fields.StringField()
    by_steps = fields.SetField(subfield=fields.StringField(), required=False, default=set())

    def door_of(self, module: str) -> str:
        return ".".join(module.split(".")[: 3 if room_of(module) in self.by_steps else 2])  # type: ignore[operator]

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        inside = [module for module in graph.find_descendants(str(self.package)) if module != self.door_of(module)]
        back_doors = sorted(
            (importer, module)
            for module in inside
            for importer in graph.find_modules_that_directly_import(module)
            if room_of(importer) != room_of(module)
        )
        return ContractCheck(kept=not back_doors, metadata={"back_doors": back_doors})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["back_doors"]:
            output.print_error(f"{importer} imports {imported}: import from {self.door_of(imported)} instead.")
