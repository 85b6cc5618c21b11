"""Tariff versions: kept in the process, since they never change."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.kernel import NotFound, OperatorId, SiteId, TariffVersionId
from forecourt.store.codec import Codec
from forecourt.store.postgres.catalogue import Catalogue
from forecourt.store.postgres.link import Columns, Link
from forecourt.tariffs import TariffVersion

_COLUMNS = Columns(
    "tariff_versions",
    (("operator_id", "uuid"), ("site_id", "uuid"), ("version_id", "uuid"), ("valid", "tstzrange"), ("paper", "jsonb")),
    ("version_id",),
)
_CODEC = Codec[TariffVersion](TariffVersion)
_ALL_SITES = UUID(int=0)


class Prices:
    def __init__(self, link: Link, catalogue: Catalogue) -> None:
        self._link = link
        self._catalogue = catalogue

    def version(self, version_id: TariffVersionId) -> TariffVersion:
        shelves = self._catalogue.shelves
        if version_id not in shelves.versions:
            found = self._link.one("SELECT paper FROM tariff_versions WHERE version_id = %s", version_id)
            if found is None:
                raise NotFound("tariff_version", "There is no such tariff version.")
            shelves.versions[version_id] = _CODEC.read(found[0])
        return shelves.versions[version_id]

    def valid_at(self, operator_id: OperatorId, site_id: SiteId, at: datetime) -> TariffVersion | None:
        for owner in (site_id, None):
            for version in self._of(operator_id, owner):
                if version.valid_from <= at and (version.valid_to is None or at < version.valid_to):
                    return version
        return None

    def versions(self, operator_id: OperatorId, site_id: SiteId | None = None) -> Sequence[TariffVersion]:
        if site_id is not None:
            return self._of(operator_id, site_id)
        found = self._link.rows("SELECT paper FROM tariff_versions WHERE operator_id = %s ORDER BY site_id, lower(valid)", operator_id)
        return [_CODEC.read(paper) for (paper,) in found]

    def put_version(self, version: TariffVersion) -> None:
        until = version.valid_to.isoformat() if version.valid_to else ""
        record = {
            "operator_id": version.operator_id,
            "site_id": version.site_id or _ALL_SITES,
            "version_id": version.id,
            "valid": f"[{version.valid_from.isoformat()},{until})",
            "paper": _CODEC.pack(version),
        }
        self._link.write(_COLUMNS.upsert(), [record])
        self._catalogue.change()

    def _of(self, operator_id: OperatorId, site_id: SiteId | None) -> tuple[TariffVersion, ...]:
        """All versions of a site (None: the operator's general ones), by start."""
        shelves = self._catalogue.shelves
        if (operator_id, site_id) not in shelves.of_owner:
            found = self._link.rows(
                "SELECT paper FROM tariff_versions WHERE operator_id = %s AND site_id = %s ORDER BY lower(valid)",
                operator_id,
                site_id or _ALL_SITES,
            )
            versions = tuple(_CODEC.read(paper) for (paper,) in found)
            shelves.of_owner[operator_id, site_id] = versions
            shelves.versions.update({one.id: one for one in versions})
        return shelves.of_owner[operator_id, site_id]
