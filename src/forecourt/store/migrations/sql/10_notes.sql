CREATE TABLE audit_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id    uuid NOT NULL,
    operator_id uuid,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    subject     text NOT NULL,
    paper       jsonb NOT NULL,
    CONSTRAINT audit_log_entry UNIQUE (entry_id)
);
CREATE INDEX audit_log_subject ON audit_log (subject, id);
CREATE TRIGGER audit_log_fixed BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE commands (
    key    text PRIMARY KEY,
    answer text NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX commands_at ON commands (at);
