"""Tariff versions and the price book, cached in the process because they rarely change; and the rules that may change them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import NotFound, OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.revenue import PriceProposal, PriceRules, SlotBids
from forecourt.stations import Site
from forecourt.store.codec import Codec
from forecourt.store.postgres.config_cache import ConfigCache
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion, tie_key

_VERSIONS = Table(
    "tariff_versions",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("tariff_id", "text"),
        ("version_id", "uuid"),
        ("valid", "tstzrange"),
        ("withdrawn", "boolean"),
        ("data", "jsonb"),
    ),
    ("version_id",),
)
_ENTRIES = Table(
    "price_entries",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("entry_id", "uuid"),
        ("tie", "text"),
        ("valid", "tstzrange"),
        ("withdrawn", "boolean"),
        ("data", "jsonb"),
    ),
    ("entry_id",),
)
_VERSION = Codec[TariffVersion](TariffVersion)
_ENTRY = Codec[PriceEntry](PriceEntry)
_ALL_SITES = UUID(int=0)
_OF_SITES = "operator_id = ANY(%s) AND site_id = ANY(%s) AND NOT withdrawn"
_RULES = Table("price_rules", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_BIDS = Table("slot_bids", (("operator_id", "uuid"), ("site_id", "uuid"), ("data", "jsonb")), ("operator_id", "site_id"))
_PROPOSALS = Table(
    "price_proposals",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("proposal_id", "uuid"),
        ("made_at", "timestamptz"),
        ("state", "text"),
        ("data", "jsonb"),
    ),
    ("operator_id", "site_id", "proposal_id"),
)
_PAGED = PagedQuery(ListOrders.PROPOSALS, ("made_at", "proposal_id"))
_LADDER = "state = 'APPROVED' AND data->>'kind' = 'BY_OCCUPANCY'"
_PRICE_RULES_CODEC = Codec[PriceRules](PriceRules)
_SLOT_BIDS_CODEC = Codec[SlotBids](SlotBids)
_PRICE_PROPOSAL_CODEC = Codec[PriceProposal](PriceProposal)


class Prices:
    def __init__(self, db: DbConnection, config_cache: ConfigCache) -> None:
        self._db = db
        self._config_cache = config_cache

    def lock(self, operator_id: OperatorId) -> None:
        self._db.lock("prices", operator_id)
        # What was read before the lock was held may be out of date.
        self._config_cache.detach()

    def version(self, version_id: TariffVersionId) -> TariffVersion:
        snapshot = self._config_cache.snapshot
        if version_id not in snapshot.versions:
            found = self._db.one("SELECT data FROM tariff_versions WHERE version_id = %s", version_id)
            if found is None:
                raise NotFound("tariff_version", "There is no such tariff version.")
            snapshot.versions[version_id] = _VERSION.read(found[0])
        return snapshot.versions[version_id]

    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        found = self._db.rows(
            "SELECT data FROM tariff_versions WHERE operator_id = %s AND (%s::uuid IS NULL OR site_id = %s)"
            " ORDER BY site_id, lower(valid), version_id",
            operator_id,
            site_id,
            site_id,
        )
        return [_VERSION.read(data) for (data,) in found]

    def versions_of(self, operator_id: OperatorId, key: TariffKey) -> Sequence[TariffVersion]:
        snapshot = self._config_cache.snapshot
        if (operator_id, key) not in snapshot.of_tariff:
            found = self._db.rows(
                "SELECT data FROM tariff_versions WHERE operator_id = %s AND site_id = %s AND tariff_id = %s AND NOT withdrawn"
                " ORDER BY lower(valid)",
                operator_id,
                key.site_id or _ALL_SITES,
                key.id,
            )
            versions = tuple(_VERSION.read(data) for (data,) in found)
            snapshot.versions.update({one.id: one for one in versions})
            snapshot.of_tariff[operator_id, key] = versions
        return snapshot.of_tariff[operator_id, key]

    def version_at(self, operator_id: OperatorId, key: TariffKey, at: datetime) -> TariffVersion | None:
        snapshot = self._config_cache.snapshot
        all_versions = snapshot.of_tariff.get((operator_id, key))
        known = snapshot.in_force.get((operator_id, key), ()) if all_versions is None else all_versions
        found = next((one for one in known if one.is_valid_at(at)), None)
        if found is not None or all_versions is not None:
            return found
        snapshot.add_versions(self._in_force(at, [operator_id], [key.site_id or _ALL_SITES], "AND tariff_id = %s", key.id))
        return next((one for one in snapshot.in_force.get((operator_id, key), ()) if one.is_valid_at(at)), None)

    def versions_at(self, operator_id: OperatorId, at: datetime) -> Sequence[TariffVersion]:
        query = "SELECT data FROM tariff_versions WHERE operator_id = %s AND NOT withdrawn AND valid @> %s"
        return [_VERSION.read(data) for (data,) in self._db.rows(query, operator_id, at)]

    def prefetch(self, sites: Sequence[Site], at: datetime) -> None:
        """Read ahead, in two questions, the entries of these sites not asked for yet, and the current versions of the tariffs they may
        name."""
        snapshot = self._config_cache.snapshot
        wanted = [one for one in sites if (one.operator_id, one.id) not in snapshot.entries]
        operators, site_ids = list({one.operator_id for one in wanted}), [*(one.id for one in wanted), _ALL_SITES]
        if not wanted:
            return
        query = f"SELECT data FROM price_entries WHERE {_OF_SITES} ORDER BY lower(valid), entry_id"  # noqa: S608
        found: dict[tuple[OperatorId, SiteId | None], list[PriceEntry]] = defaultdict(list)
        for (data,) in self._db.rows(query, operators, site_ids):
            entry = _ENTRY.read(data)
            found[entry.operator_id, entry.site_id].append(entry)
        for site in wanted:
            entries = (*found[site.operator_id, None], *found[site.operator_id, site.id])
            snapshot.entries[site.operator_id, site.id] = tuple(sorted(entries, key=lambda one: (one.valid_from, one.id)))
        snapshot.add_versions(self._in_force(at, operators, site_ids))

    def _in_force(
        self, at: datetime, operators: Sequence[OperatorId], site_ids: Sequence[UUID], more: str = "", *parameters: object
    ) -> list[TariffVersion]:
        query = f"SELECT data FROM tariff_versions WHERE {_OF_SITES} AND valid @> %s {more}"  # noqa: S608
        return [_VERSION.read(data) for (data,) in self._db.rows(query, list(operators), list(site_ids), at, *parameters)]

    def put_version(self, version: TariffVersion) -> None:
        record = {
            "operator_id": version.operator_id,
            "site_id": version.site_id or _ALL_SITES,
            "tariff_id": version.tariff.id,
            "version_id": version.id,
            "valid": _range(version.valid_from, version.valid_to),
            "withdrawn": version.withdrawn,
            "data": _VERSION.pack(version),
        }
        self._db.write(_VERSIONS.upsert(), [record])
        self._config_cache.change()

    def entries(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[PriceEntry]:
        snapshot = self._config_cache.snapshot
        if (operator_id, site_id) not in snapshot.entries:
            found = self._db.rows(
                "SELECT data FROM price_entries WHERE operator_id = %s AND (%s::uuid IS NULL OR site_id IN (%s, %s)) AND NOT withdrawn"
                " ORDER BY lower(valid), entry_id",
                operator_id,
                site_id,
                site_id,
                _ALL_SITES,
            )
            snapshot.entries[operator_id, site_id] = tuple(_ENTRY.read(data) for (data,) in found)
        return snapshot.entries[operator_id, site_id]

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None:
        found = self._db.one("SELECT data FROM price_entries WHERE entry_id = %s", entry_id)
        return _ENTRY.read(found[0]) if found else None

    def put_entry(self, entry: PriceEntry) -> None:
        record = {
            "operator_id": entry.operator_id,
            "site_id": entry.site_id or _ALL_SITES,
            "entry_id": entry.id,
            "tie": tie_key(entry),
            "valid": _range(entry.valid_from, entry.valid_to),
            "withdrawn": entry.withdrawn,
            "data": _ENTRY.pack(entry),
        }
        self._db.write(_ENTRIES.upsert(), [record])
        self._config_cache.change()


def _range(valid_from: datetime, valid_to: datetime | None) -> str:
    return f"[{valid_from.isoformat()},{valid_to.isoformat() if valid_to else ''})"


class Pricing:
    """Price rules and proposals."""

    def __init__(self, db: DbConnection) -> None:
        self._rules: IdentityMap[SiteId, PriceRules] = IdentityMap(
            db,
            _RULES,
            _PRICE_RULES_CODEC,
            lambda one: one.site_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id},
        )
        self._bids: IdentityMap[SiteId, SlotBids] = IdentityMap(
            db,
            _BIDS,
            _SLOT_BIDS_CODEC,
            lambda one: one.site_id,
            lambda one: {"operator_id": one.operator_id, "site_id": one.site_id},
        )
        self._proposals: IdentityMap[UUID, PriceProposal] = IdentityMap(
            db,
            _PROPOSALS,
            _PRICE_PROPOSAL_CODEC,
            lambda one: one.id,
            lambda one: {
                "operator_id": one.operator_id,
                "site_id": one.site_id,
                "proposal_id": one.id,
                "made_at": one.made_at,
                "state": one.state,
            },
        )

    def rules(self, site_id: SiteId) -> PriceRules | None:
        return self._rules.get(site_id, "site_id = %s", site_id)

    def put_rules(self, rules: PriceRules) -> None:
        self._rules.put(rules)

    def proposal(self, proposal_id: UUID) -> PriceProposal | None:
        """Locked: if two people decide at once, the second sees the first's decision."""
        self._proposals.forget()
        return self._proposals.first("proposal_id = %s FOR UPDATE", proposal_id)

    def proposals(self, site_id: SiteId, limit: int = 50) -> Sequence[PriceProposal]:
        return self._proposals.find("site_id = %s ORDER BY made_at DESC, proposal_id DESC LIMIT %s", site_id, limit)

    def page(self, site_id: SiteId, request: PageRequest = FIRST_PAGE) -> ListPage[PriceProposal]:
        return _PAGED.page(self._proposals.find, request, "site_id = %s", site_id)

    def ladders(self, site_id: SiteId) -> Sequence[PriceProposal]:
        return self._proposals.find(f"site_id = %s AND {_LADDER} ORDER BY made_at DESC, proposal_id DESC", site_id)

    def published(self, site_id: SiteId) -> set[TariffVersionId]:
        found = self._proposals.find("site_id = %s AND data->>'published' IS NOT NULL", site_id)
        return {one.published for one in found if one.published is not None}

    def put_proposal(self, proposal: PriceProposal) -> None:
        self._proposals.put(proposal)

    def bids(self, site_id: SiteId) -> SlotBids | None:
        return self._bids.get(site_id, "site_id = %s", site_id)

    def put_bids(self, bids: SlotBids) -> None:
        self._bids.put(bids)

    def flush(self) -> None:
        self._rules.flush()
        self._bids.flush()
        self._proposals.flush()
