-- One row a series and year: updated by whoever issues, and locked until that commit, so that numbers have no gap.
CREATE TABLE document_numbers (
    operator_id uuid NOT NULL,
    series      text NOT NULL,
    year        integer NOT NULL,
    last_number integer NOT NULL,
    PRIMARY KEY (operator_id, series, year)
);

CREATE TABLE documents (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    document_id uuid NOT NULL,
    number      text NOT NULL,
    series      text NOT NULL,
    year        integer NOT NULL,
    sequence    integer NOT NULL,
    kind        text NOT NULL,
    driver_id   uuid NOT NULL,
    session_id  uuid,
    booking_id  uuid,
    corrects    uuid,
    issued_at   timestamptz NOT NULL,
    currency    text NOT NULL,
    gross_minor bigint NOT NULL CHECK (gross_minor >= 0),
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, site_id, document_id),
    CONSTRAINT documents_id UNIQUE (document_id),
    CONSTRAINT documents_number UNIQUE (operator_id, number),
    CONSTRAINT documents_sequence UNIQUE (operator_id, series, year, sequence)
);
CREATE INDEX documents_issued ON documents (operator_id, issued_at DESC);
CREATE INDEX documents_of_driver ON documents (driver_id, issued_at DESC);
CREATE INDEX documents_of_session ON documents (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX documents_of_booking ON documents (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX documents_correcting ON documents (corrects) WHERE corrects IS NOT NULL;
CREATE TRIGGER documents_fixed BEFORE UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE document_pdfs (
    document_id uuid PRIMARY KEY REFERENCES documents (document_id) DEFERRABLE INITIALLY DEFERRED,
    sha256      text NOT NULL,
    pdf         bytea NOT NULL
);
ALTER TABLE document_pdfs ALTER COLUMN pdf SET STORAGE EXTERNAL;
CREATE TRIGGER document_pdfs_fixed BEFORE UPDATE OR DELETE ON document_pdfs FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The end of each operator's chain; locked by whoever posts.
CREATE TABLE ledger_books (
    operator_id uuid PRIMARY KEY,
    position    bigint NOT NULL,
    digest      text NOT NULL
);

CREATE TABLE ledger_txns (
    operator_id uuid NOT NULL,
    position    bigint NOT NULL,
    key         text NOT NULL,
    at          timestamptz NOT NULL,
    subject     uuid NOT NULL,
    previous    text NOT NULL,
    digest      text NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT ledger_txns_position PRIMARY KEY (operator_id, position),
    CONSTRAINT ledger_txns_key UNIQUE (operator_id, key)
);
CREATE INDEX ledger_txns_subject ON ledger_txns (subject);

CREATE TABLE ledger_entries (
    operator_id uuid NOT NULL,
    position    bigint NOT NULL,
    line        integer NOT NULL,
    account     text NOT NULL,
    currency    text NOT NULL,
    minor       bigint NOT NULL CHECK (minor <> 0),
    PRIMARY KEY (operator_id, position, line),
    CONSTRAINT ledger_entries_txn FOREIGN KEY (operator_id, position) REFERENCES ledger_txns DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX ledger_entries_account ON ledger_entries (operator_id, account, currency) INCLUDE (minor);

CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger_entries WHERE operator_id = NEW.operator_id AND position = NEW.position GROUP BY currency HAVING sum(minor) <> 0
    ) OR NOT EXISTS (SELECT FROM ledger_entries WHERE operator_id = NEW.operator_id AND position = NEW.position) THEN
        RAISE EXCEPTION 'transaction % does not balance', NEW.position USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;

-- Checked at commit, for transactions (which must have entries) and for entries added to an older one.
CREATE CONSTRAINT TRIGGER ledger_txns_balanced AFTER INSERT ON ledger_txns
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
CREATE CONSTRAINT TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
CREATE TRIGGER ledger_txns_fixed BEFORE UPDATE OR DELETE ON ledger_txns FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_fixed BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_txns_kept BEFORE TRUNCATE ON ledger_txns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_kept BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE payments (
    operator_id uuid NOT NULL,
    payment_id  uuid NOT NULL,
    driver_id   uuid NOT NULL,
    session_id  uuid,
    document_id uuid,
    evse_id     uuid,
    made_at     timestamptz NOT NULL,
    state       text NOT NULL,
    open        boolean NOT NULL,
    holding     boolean NOT NULL,
    paper       jsonb NOT NULL,
    PRIMARY KEY (operator_id, payment_id),
    CONSTRAINT payments_id UNIQUE (payment_id)
);
CREATE INDEX payments_of_driver ON payments (driver_id, made_at DESC);
CREATE INDEX payments_declined ON payments (driver_id) WHERE state = 'Declined';
CREATE INDEX payments_of_session ON payments (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX payments_of_document ON payments (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX payments_open ON payments (made_at) WHERE open;

CREATE TABLE webhook_events (
    event_id text PRIMARY KEY,
    at       timestamptz NOT NULL
);
