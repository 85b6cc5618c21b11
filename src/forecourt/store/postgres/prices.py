"""Tariff versions and the price book: kept in the process, since they hardly ever change."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.kernel import NotFound, OperatorId, PriceEntryId, SiteId, TariffVersionId
from forecourt.store.codec import Codec
from forecourt.store.postgres.catalogue import Catalogue
from forecourt.store.postgres.link import Columns, Link
from forecourt.tariffs import PriceEntry, TariffKey, TariffVersion, tie_text

_VERSIONS = Columns(
    "tariff_versions",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("tariff_id", "text"),
        ("version_id", "uuid"),
        ("valid", "tstzrange"),
        ("withdrawn", "boolean"),
        ("paper", "jsonb"),
    ),
    ("version_id",),
)
_ENTRIES = Columns(
    "price_entries",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("entry_id", "uuid"),
        ("tie", "text"),
        ("valid", "tstzrange"),
        ("withdrawn", "boolean"),
        ("paper", "jsonb"),
    ),
    ("entry_id",),
)
_VERSION = Codec[TariffVersion](TariffVersion)
_ENTRY = Codec[PriceEntry](PriceEntry)
_ALL_SITES = UUID(int=0)


class Prices:
    def __init__(self, link: Link, catalogue: Catalogue) -> None:
        self._link = link
        self._catalogue = catalogue

    def lock(self, operator_id: OperatorId) -> None:
        self._link.lock("prices", operator_id)
        # What was read before the lock was had may be out of date.
        self._catalogue.read_anew()

    def version(self, version_id: TariffVersionId) -> TariffVersion:
        shelves = self._catalogue.shelves
        if version_id not in shelves.versions:
            found = self._link.one("SELECT paper FROM tariff_versions WHERE version_id = %s", version_id)
            if found is None:
                raise NotFound("tariff_version", "There is no such tariff version.")
            shelves.versions[version_id] = _VERSION.read(found[0])
        return shelves.versions[version_id]

    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        found = self._link.rows(
            "SELECT paper FROM tariff_versions WHERE operator_id = %s AND (%s::uuid IS NULL OR site_id = %s)"
            " ORDER BY site_id, lower(valid), version_id",
            operator_id,
            site_id,
            site_id,
        )
        return [_VERSION.read(paper) for (paper,) in found]

    def versions_of(self, operator_id: OperatorId, key: TariffKey) -> Sequence[TariffVersion]:
        shelves = self._catalogue.shelves
        if (operator_id, key) not in shelves.of_tariff:
            found = self._link.rows(
                "SELECT paper FROM tariff_versions WHERE operator_id = %s AND site_id = %s AND tariff_id = %s AND NOT withdrawn"
                " ORDER BY lower(valid)",
                operator_id,
                key.site_id or _ALL_SITES,
                key.id,
            )
            versions = tuple(_VERSION.read(paper) for (paper,) in found)
            shelves.versions.update({one.id: one for one in versions})
            shelves.of_tariff[operator_id, key] = versions
        return shelves.of_tariff[operator_id, key]

    def put_version(self, version: TariffVersion) -> None:
        record = {
            "operator_id": version.operator_id,
            "site_id": version.site_id or _ALL_SITES,
            "tariff_id": version.tariff.id,
            "version_id": version.id,
            "valid": _range(version.valid_from, version.valid_to),
            "withdrawn": version.withdrawn,
            "paper": _VERSION.pack(version),
        }
        self._link.write(_VERSIONS.upsert(), [record])
        self._catalogue.change()

    def entries(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[PriceEntry]:
        shelves = self._catalogue.shelves
        if (operator_id, site_id) not in shelves.entries:
            found = self._link.rows(
                "SELECT paper FROM price_entries WHERE operator_id = %s AND (%s::uuid IS NULL OR site_id IN (%s, %s)) AND NOT withdrawn"
                " ORDER BY lower(valid), entry_id",
                operator_id,
                site_id,
                site_id,
                _ALL_SITES,
            )
            shelves.entries[operator_id, site_id] = tuple(_ENTRY.read(paper) for (paper,) in found)
        return shelves.entries[operator_id, site_id]

    def entry(self, entry_id: PriceEntryId) -> PriceEntry | None:
        found = self._link.one("SELECT paper FROM price_entries WHERE entry_id = %s", entry_id)
        return _ENTRY.read(found[0]) if found else None

    def put_entry(self, entry: PriceEntry) -> None:
        record = {
            "operator_id": entry.operator_id,
            "site_id": entry.site_id or _ALL_SITES,
            "entry_id": entry.id,
            "tie": tie_text(entry),
            "valid": _range(entry.valid_from, entry.valid_to),
            "withdrawn": entry.withdrawn,
            "paper": _ENTRY.pack(entry),
        }
        self._link.write(_ENTRIES.upsert(), [record])
        self._catalogue.change()


def _range(valid_from: datetime, valid_to: datetime | None) -> str:
    return f"[{valid_from.isoformat()},{valid_to.isoformat() if valid_to else ''})"
