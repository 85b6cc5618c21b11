"""Configuration that rarely changes: cached in the process between units of work, dropped when any process changes it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from forecourt.kernel import ChargerId, DriverId, EvseId, OperatorId, SiteId, TariffVersionId
from forecourt.stations import Evse, Operator, Site
from forecourt.store.postgres.db_connection import DbConnection, DbQuery
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion

GENERATION: DbQuery = ("SELECT generation FROM config_generation", ())


@dataclass(slots=True)
class ConfigSnapshot:
    """The configuration of one generation, as far as it was read. Its dicts only grow, so threads may share it."""

    generation: int
    operators: dict[OperatorId, Operator] = field(default_factory=dict)
    sites: dict[SiteId, Site] = field(default_factory=dict)
    sites_complete: bool = False
    operators_complete: bool = False
    evses: dict[EvseId, Evse] = field(default_factory=dict)
    by_number: dict[tuple[ChargerId, int], Evse] = field(default_factory=dict)
    of_site: dict[SiteId, tuple[Evse, ...]] = field(default_factory=dict)
    versions: dict[TariffVersionId, TariffVersion] = field(default_factory=dict)
    of_tariff: dict[tuple[OperatorId, TariffKey], tuple[TariffVersion, ...]] = field(default_factory=dict)
    in_force: dict[tuple[OperatorId, TariffKey], tuple[TariffVersion, ...]] = field(default_factory=dict)  # some versions of a tariff
    entries: dict[tuple[OperatorId, SiteId | None], tuple[PriceEntry, ...]] = field(default_factory=dict)
    payers: dict[OperatorId, tuple[tuple[str, DriverId], ...]] = field(default_factory=dict)  # of fleets, by group

    def add_site(self, site_id: SiteId, evses: tuple[Evse, ...]) -> None:
        for evse in evses:
            self.evses[evse.id] = evse
            self.by_number[evse.charger_id, evse.number] = evse
        self.of_site[site_id] = evses

    def add_versions(self, versions: Iterable[TariffVersion]) -> None:
        """Add some versions of tariffs, which need not be all of them."""
        for one in versions:
            self.versions[one.id] = one
            of_tariff = (one.operator_id, one.key)
            self.in_force[of_tariff] = (*self.in_force.get(of_tariff, ()), one)


class ProcessCache:
    """The snapshot of the newest generation, and the secret of transaction numbers; shared by the units of work of a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._snapshot = ConfigSnapshot(0)
        self.transaction_secret: bytes = b""
        self.cautious_groups = 0  # how many groups of messages to store without assuming that all are new

    def at(self, generation: int) -> ConfigSnapshot:
        """The shared snapshot if it is of this generation. Values in it are never older: rows are read after the generation's number."""
        with self._lock:
            if self._snapshot.generation < generation:
                self._snapshot = ConfigSnapshot(generation)
            return self._snapshot if self._snapshot.generation == generation else ConfigSnapshot(generation)


class ConfigCache:
    """One unit of work's view of the cache. Once it changes configuration itself, it uses a snapshot of its own until it ends."""

    def __init__(self, process_cache: ProcessCache, generation: int) -> None:
        self.snapshot = process_cache.at(generation)
        self.changed = False

    def change(self) -> None:
        """Call with every change: nothing uncommitted may reach the shared snapshot."""
        self.changed = True
        self.detach()

    def detach(self) -> None:
        """From here on use a snapshot of this unit alone, which sees what others have committed in the meantime."""
        self.snapshot = ConfigSnapshot(0)

    def refresh(self, db: DbConnection) -> None:
        """Call after waiting for a lock, to see what others have committed in the meantime. Best with `GENERATION` prefetched."""
        found = db.one(GENERATION[0])
        if found and self.snapshot.generation not in (0, found[0]):
            self.detach()

    def flush(self, db: DbConnection) -> None:
        if self.changed:
            db.run("UPDATE config_generation SET generation = generation + 1")
