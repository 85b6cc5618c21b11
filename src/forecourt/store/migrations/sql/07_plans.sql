CREATE TABLE plans (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    number      bigint NOT NULL,
    made_at     timestamptz NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT plans_number PRIMARY KEY (operator_id, site_id, number)
);
CREATE INDEX plans_made ON plans (site_id, made_at);
CREATE INDEX plans_newest ON plans (site_id, number DESC);

CREATE TABLE grants (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    evse_id     uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, evse_id),
    CONSTRAINT grants_evse UNIQUE (evse_id)
) WITH (fillfactor = 70);
CREATE INDEX grants_of_site ON grants (site_id);
