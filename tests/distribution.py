"""Tests that share what takes long to make are run by one process, the others by whichever is free."""

from xdist.scheduler import LoadScopeScheduling

NETWORK = "journey/test_"
ON_THEIR_OWN = ("demo", "ending", "first_site", "replay", "set_up_in_the_browser", "upkeep")  # each with an installation of its own
SCENES = ("web/test_map_browser.py", "web/test_roles.py", "web/test_team_factor.py")


def shared(nodeid: str) -> str:
    """What the test shares with others; else the test itself."""
    file = nodeid.partition("::")[0].removeprefix("tests/")
    if file in SCENES:
        return file
    is_on_network = file.startswith(NETWORK) and file.removeprefix(NETWORK).removesuffix(".py") not in ON_THEIR_OWN
    return "network" if is_on_network else nodeid


class Sharing(LoadScopeScheduling):
    """The largest group comes first, so that none is left over at the end."""

    def _split_scope(self, nodeid: str) -> str:
        return shared(nodeid)
