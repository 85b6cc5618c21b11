"""What a charger is answered that asks about a card."""

from datetime import datetime

from forecourt.flows.charging import accept
from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId
from forecourt.stations import CardPresented, Verdict


def verdict(store: Store, operator_id: OperatorId, token: str, at: datetime) -> Verdict | None:
    (site,) = store.stations.sites(operator_id)[:1]
    (answer,) = accept(store, [CardPresented("CP1", operator_id, site.id, token, at)])
    return answer.verdict
