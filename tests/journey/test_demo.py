"""`make run`: a site that charges from the first minute, recovers from a kill, and leaves no process at Ctrl-C."""

import signal
import sys

import pytest

from forecourt.assembly.demo_network import site_id
from forecourt.assembly.running import DEMO_SITE
from forecourt.kernel import SessionId
from journey.installed import Installation


def charging(installation: Installation) -> set[SessionId]:
    """The open charges by which energy has flowed."""
    with installation.store() as store:
        return {one.id for one in store.sessions.open_at(site_id(DEMO_SITE)) if one.meter.energy_wh}


@pytest.mark.timeout(400)  # a minute each, of a busy machine more
@pytest.mark.skipif(sys.platform != "linux", reason="looks for what is left running in /proc")
def test_the_demo_charges_from_the_first_minute_recovers_from_a_kill_and_leaves_no_process(installation: Installation) -> None:
    with installation.running("--demo") as running:
        installation.until(lambda: len(charging(installation)) >= 5, seconds=150)
        before = charging(installation)
        running.kill()
    with installation.running("--demo") as running:
        # Chargers that came up without those charges have forgotten them: they block nobody.
        installation.until(lambda: len(now := charging(installation)) >= 5 and not now & before, seconds=150)
        running.send_signal(signal.SIGINT)
        assert installation.ended(running, 30) == 0
    assert installation.programs() == []
