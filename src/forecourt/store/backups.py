"""Backups: everything as of one instant, in one file, readable by any server with the same schema.

The file is a zip: `manifest.json` (schema revision, tables with their number of rows, sequences) and each table's rows
as PostgreSQL's COPY text.
"""

import json
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import psycopg
from psycopg import sql

from forecourt.kernel import BadInput, Conflict
from forecourt.store.schema import migrate, newest_revision

FORMAT = 1
_CHUNK = 1 << 20
# Balances, and the log entries waiting for a seal, are not copied: restoring entries and seals recreates them.
_TABLES = """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()
AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('alembic_version', 'ledger_balances', 'audit_unsealed')
ORDER BY 1"""
# What they refer to must be there when a row arrives; other references are checked when all rows are there.
_CHECKED_AT_ONCE = """SELECT DISTINCT c.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND NOT k.condeferrable AND c.relnamespace = current_schema()::regnamespace"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1"

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a backup. rows: by table; sequences: the last number assigned."""

    format: int
    revision: str
    rows: dict[str, int]
    sequences: dict[str, int]


def backup(url: str, file: Path) -> Manifest:
    """Write a consistent copy of the database to `file` while the database stays in use. An existing file is only replaced at the end."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.touch(mode=0o600)
    try:
        with psycopg.connect(url) as connection, ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=3) as archive:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            rows = {name: _write(connection, archive, name) for (name,) in connection.execute(_TABLES).fetchall()}
            manifest = Manifest(FORMAT, _revision(connection), rows, dict(connection.execute(_SEQUENCES).fetchall()))
            archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def restore(url: str, file: Path) -> Manifest:
    """Fill the empty database at `url` from a backup: all of it or nothing. The ledger is checked to balance on the way.

    Raises BadInput if the file is not a backup, or is damaged; Conflict if the database is not empty or has the schema of another release.
    """
    try:
        with ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            migrate(url, manifest.revision)
            with psycopg.connect(url) as connection:
                _fill(connection, archive, manifest)
    except (BadZipFile, zlib.error, KeyError, psycopg.DataError) as error:
        raise BadInput("backup_file", f"{file.name} is not a backup, or is damaged: {error}") from error
    migrate(url)
    return manifest


def _fill(connection: Connection, archive: ZipFile, manifest: Manifest) -> None:
    if connection.execute("SELECT 1 FROM operators UNION ALL SELECT 1 FROM facts LIMIT 1").fetchone():
        raise Conflict("not_empty", "The database already holds data.", "Restore into a new database.")
    if (step := _revision(connection)) != manifest.revision:  # steps between the two would leave the restored rows as they were
        raise Conflict("not_empty", f"The database is at step {step}, the backup at {manifest.revision}.", "Restore into a new database.")
    # The initial rows of a fresh schema are replaced as well: above all the secret of transaction numbers.
    connection.execute("DELETE FROM settings")
    connection.execute("DELETE FROM config_generation")
    waiting_is_in_the_file = "facts_waiting" in manifest.rows
    if waiting_is_in_the_file:
        connection.execute("ALTER TABLE facts DISABLE TRIGGER facts_wait")
    last = {name for (name,) in connection.execute(_CHECKED_AT_ONCE).fetchall()}
    for name, expected in sorted(manifest.rows.items(), key=lambda one: one[0] in last):
        found = _read(connection, archive, name)
        if found != expected:
            raise BadInput("backup_file", f"{name} has {found} rows, not {expected}.")
    if waiting_is_in_the_file:
        connection.execute("ALTER TABLE facts ENABLE TRIGGER facts_wait")
    for name, value in manifest.sequences.items():
        connection.execute("SELECT setval(%s::regclass, %s)", [name, value])


def _write(connection: Connection, archive: ZipFile, table: str) -> int:
    query = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(table))
    with archive.open(f"{table}.copy", "w", force_zip64=True) as out, connection.cursor() as cursor:
        with cursor.copy(query) as rows:
            for chunk in rows:
                out.write(chunk)
        return cursor.rowcount


def _read(connection: Connection, archive: ZipFile, table: str) -> int:
    query = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
    with archive.open(f"{table}.copy") as source, connection.cursor() as cursor:
        with cursor.copy(query) as rows:
            while chunk := source.read(_CHUNK):
                rows.write(chunk)
        return cursor.rowcount


def _revision(connection: Connection) -> str:
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else ""


def _read_manifest(archive: ZipFile) -> Manifest:
    manifest = Manifest(**json.loads(archive.read("manifest.json")))
    if manifest.format != FORMAT:
        raise BadInput("backup_format", f"This release reads backups of format {FORMAT}, not {manifest.format}.")
    if manifest.revision > newest_revision():
        raise BadInput(
            "backup_newer", f"The backup is of a newer release: step {manifest.revision}, this one knows those up to {newest_revision()}."
        )
    return manifest
