"""The price book: tariffs by their id, entries that say where they hold, and groups of drivers."""

import psycopg
from alembic import op

revision = "0003"
down_revision = "0002"

# Kept versions held for a whole site: each becomes the general entry of its own time, with the same id.
_UPGRADE = """
ALTER TABLE tariff_versions ADD COLUMN tariff_id text NOT NULL DEFAULT '', ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
UPDATE tariff_versions SET tariff_id = paper->'tariff'->>'id';
ALTER TABLE tariff_versions ALTER COLUMN tariff_id DROP DEFAULT, ALTER COLUMN withdrawn DROP DEFAULT;
ALTER TABLE tariff_versions DROP CONSTRAINT tariff_versions_valid;
ALTER TABLE tariff_versions ADD PRIMARY KEY (operator_id, site_id, version_id);
ALTER TABLE tariff_versions ADD CONSTRAINT tariff_versions_valid
    EXCLUDE USING gist (operator_id WITH =, site_id WITH =, tariff_id WITH =, valid WITH &&) WHERE (NOT withdrawn);

-- The changes allowed: the end moves, and what was never sold is withdrawn, for good. Papers may gain fields: kept ones lack them.
CREATE OR REPLACE FUNCTION keep_tariff_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.operator_id = OLD.operator_id AND NEW.site_id = OLD.site_id AND NEW.tariff_id = OLD.tariff_id
        AND NEW.version_id = OLD.version_id AND lower(NEW.valid) = lower(OLD.valid) AND (NEW.withdrawn OR NOT OLD.withdrawn)
        AND NEW.paper @> (OLD.paper - 'valid_to' - 'withdrawn') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a tariff version is never changed' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tariff_versions_fixed';
END $$;

-- site_id is the nil id where an entry holds at all sites of its operator. tie: what two entries must not share at one instant.
CREATE TABLE price_entries (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    entry_id    uuid NOT NULL,
    tie         text NOT NULL,
    valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
    withdrawn   boolean NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, entry_id),
    CONSTRAINT price_entries_id UNIQUE (entry_id),
    CONSTRAINT price_entries_tie EXCLUDE USING gist (operator_id WITH =, tie WITH =, valid WITH &&) WHERE (NOT withdrawn)
);

CREATE FUNCTION keep_price_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.operator_id = OLD.operator_id AND NEW.site_id = OLD.site_id AND NEW.entry_id = OLD.entry_id AND NEW.tie = OLD.tie
        AND lower(NEW.valid) = lower(OLD.valid) AND (NEW.withdrawn OR NOT OLD.withdrawn)
        AND NEW.paper @> (OLD.paper - 'valid_to' - 'withdrawn') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an entry is never changed once kept' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'price_entries_fixed';
END $$;

CREATE TRIGGER price_entries_fixed BEFORE UPDATE ON price_entries FOR EACH ROW EXECUTE FUNCTION keep_price_entry();
CREATE TRIGGER price_entries_kept BEFORE DELETE ON price_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO price_entries SELECT operator_id, site_id, version_id,
    concat_ws(E'\\x1f', coalesce(nullif(site_id, '00000000-0000-0000-0000-000000000000')::text, ''), '', '', '', '', '', '0'), valid, false,
    jsonb_build_object('id', version_id, 'operator_id', operator_id,
        'site_id', nullif(site_id, '00000000-0000-0000-0000-000000000000'),
        'tariff', jsonb_build_object('site_id', nullif(site_id, '00000000-0000-0000-0000-000000000000'), 'id', tariff_id),
        'name', coalesce(nullif(left(tariff_id, 60), ''), 'Price'), 'valid_from', paper->'valid_from', 'valid_to', paper->'valid_to')
    FROM tariff_versions;

CREATE TABLE group_members (
    operator_id uuid NOT NULL REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    group_name  text NOT NULL CHECK (length(group_name) BETWEEN 1 AND 40),
    driver_id   uuid NOT NULL,
    since       timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, group_name, driver_id, since),
    CONSTRAINT group_members_driver FOREIGN KEY (driver_id) REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX group_members_of_driver ON group_members (driver_id);

UPDATE config_generation SET generation = generation + 1;
"""


def upgrade() -> None:
    connection = op.get_bind().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("migrations run through psycopg")
    connection.execute(_UPGRADE.encode())
