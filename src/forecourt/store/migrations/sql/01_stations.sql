-- What stands on a forecourt. Operator first, site second in every key, except where a charger's own name, unique in the
-- whole network, is the key. Every value is kept whole in `paper`; the columns beside it are what is searched and checked.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE settings (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);

-- Raised in every commit that changes operators, sites, EVSEs or tariff versions, so that processes may keep them in memory.
CREATE TABLE config_generation (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    generation bigint NOT NULL
);
INSERT INTO config_generation VALUES (true, 1);

CREATE TABLE operators (
    operator_id uuid PRIMARY KEY,
    name        text NOT NULL,
    paper       jsonb NOT NULL
);

CREATE TABLE sites (
    operator_id uuid NOT NULL REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    site_id     uuid NOT NULL,
    slug        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id),
    CONSTRAINT sites_id UNIQUE (site_id),
    CONSTRAINT sites_slug UNIQUE (slug)
);

-- A charger that has only named itself belongs to nobody yet.
CREATE TABLE chargers (
    charger_id  text PRIMARY KEY CHECK (length(charger_id) BETWEEN 1 AND 48),
    operator_id uuid REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    site_id     uuid,
    approval    text NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT chargers_site FOREIGN KEY (operator_id, site_id) REFERENCES sites DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX chargers_of_site ON chargers (operator_id, site_id, charger_id);
CREATE INDEX chargers_waiting ON chargers (charger_id) WHERE approval = 'PENDING';

CREATE TABLE charger_secrets (
    charger_id  text PRIMARY KEY,
    secret_hash text NOT NULL
);

CREATE TABLE evses (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    evse_id     uuid NOT NULL,
    charger_id  text NOT NULL,
    number      integer NOT NULL CHECK (number > 0),
    kind        text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, evse_id),
    CONSTRAINT evses_id UNIQUE (evse_id),
    CONSTRAINT evses_number UNIQUE (charger_id, number),
    CONSTRAINT evses_site FOREIGN KEY (operator_id, site_id) REFERENCES sites DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE sockets (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    evse_id     uuid NOT NULL,
    state       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, evse_id)
) WITH (fillfactor = 70);
