"""A scene with more sites than can be drawn on one page."""

from decimal import Decimal
from uuid import UUID

from forecourt.kernel import ChargerId, EvseId, SiteId
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Site, Socket

from .conftest import KIND, NOW, Scene


def with_sites(scene: Scene, count: int, bays: int) -> None:
    """Site 7 has a bay out of order, site 8 a charger that nobody hears of; the others are in order and free."""
    with scene.transactions.begin() as store:
        for number in range(1, count + 1):
            site_id = SiteId(UUID(int=10_000 + number))
            about = (
                scene.operator_id,
                f"site-{number}",
                f"Site {number:02d}",
                f"Ring {number}",
                "DE",
                "Europe/Berlin",
                "EUR",
                Decimal(0),
                Decimal(0),
            )
            store.stations.put_site(Site(site_id, *about, limit_w=150_000))
            for bay in range(1, bays + 1):
                box, evse_id = ChargerId(f"S{number}-{bay}"), EvseId(UUID(int=1_000_000 + number * 1000 + bay))
                heard = (number, bay) != (8, 1)
                store.stations.put_charger(Charger(box, Approval.APPROVED, scene.operator_id, site_id, connected=heard))
                store.stations.put_evse(
                    Evse(evse_id, scene.operator_id, site_id, box, 1, f"{number}-{bay:02d}", "IEC_62196_T2", KIND, ("L1",), 230, 32)
                )
                state = ConnectorState.FAULTED if (number, bay) == (7, 1) else ConnectorState.AVAILABLE
                store.stations.put_socket(Socket(evse_id, state, at=NOW))
