-- Open sessions only; an ended one is a charge record.
CREATE TABLE sessions (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    session_id  uuid NOT NULL,
    evse_id     uuid NOT NULL,
    charger_id  text NOT NULL,
    transaction text NOT NULL,
    driver_id   uuid,
    state       text NOT NULL,
    started_at  timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, session_id),
    CONSTRAINT sessions_id UNIQUE (session_id),
    CONSTRAINT sessions_transaction UNIQUE (charger_id, transaction)
) WITH (fillfactor = 50);
CREATE INDEX sessions_of_site ON sessions (site_id);
CREATE INDEX sessions_on_evse ON sessions (evse_id);
CREATE INDEX sessions_of_driver ON sessions (driver_id) WHERE driver_id IS NOT NULL;

-- A month a partition; what has none yet lands in the default one.
CREATE TABLE meter_points (
    operator_id  uuid NOT NULL,
    site_id      uuid NOT NULL,
    session_id   uuid NOT NULL,
    at           timestamptz NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    energy_wh    bigint NOT NULL,
    state        text NOT NULL,
    power_w      bigint,
    current_ma   bigint,
    soc_percent  integer
) PARTITION BY RANGE (at);
CREATE INDEX meter_points_of_session ON meter_points (operator_id, site_id, session_id, at);
CREATE TABLE meter_points_default PARTITION OF meter_points DEFAULT;

CREATE TABLE charge_records (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    session_id  uuid NOT NULL,
    evse_id     uuid NOT NULL,
    charger_id  text NOT NULL,
    transaction text NOT NULL,
    driver_id   uuid,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    energy_wh   bigint NOT NULL,
    held        boolean NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, session_id),
    CONSTRAINT charge_records_id UNIQUE (session_id)
);
CREATE INDEX charge_records_ended ON charge_records (operator_id, site_id, ended_at DESC);
CREATE INDEX charge_records_transaction ON charge_records (charger_id, transaction);
CREATE INDEX charge_records_of_driver ON charge_records (driver_id, ended_at DESC) WHERE driver_id IS NOT NULL;
