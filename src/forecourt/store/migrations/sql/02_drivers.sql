CREATE TABLE drivers (
    operator_id uuid NOT NULL REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    driver_id   uuid NOT NULL,
    email       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, driver_id),
    CONSTRAINT drivers_id UNIQUE (driver_id)
);

CREATE TABLE tokens (
    operator_id uuid NOT NULL,
    uid         text NOT NULL,
    driver_id   uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, uid),
    CONSTRAINT tokens_driver FOREIGN KEY (driver_id) REFERENCES drivers (driver_id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tokens_of_driver ON tokens (driver_id);

CREATE TABLE accounts (
    operator_id uuid NOT NULL REFERENCES operators DEFERRABLE INITIALLY DEFERRED,
    account_id  uuid NOT NULL,
    email       text NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, account_id),
    CONSTRAINT accounts_id UNIQUE (account_id),
    CONSTRAINT accounts_email UNIQUE (email)
);

-- Only the SHA-256 digest of a session's or key's secret is kept.
CREATE TABLE sign_ins (
    digest     text PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts (account_id) DEFERRABLE INITIALLY DEFERRED,
    expires_at timestamptz NOT NULL,
    paper      jsonb NOT NULL
);
CREATE INDEX sign_ins_of_account ON sign_ins (account_id);

CREATE TABLE needs (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    driver_id   uuid NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, driver_id)
);
