-- site_id is the nil id where a version holds for all sites of its operator.
CREATE TABLE tariff_versions (
    operator_id uuid NOT NULL,
    site_id     uuid NOT NULL,
    version_id  uuid NOT NULL,
    valid       tstzrange NOT NULL CHECK (NOT isempty(valid)),
    paper       jsonb NOT NULL,
    CONSTRAINT tariff_versions_valid PRIMARY KEY (operator_id, site_id, valid WITHOUT OVERLAPS),
    CONSTRAINT tariff_versions_id UNIQUE (version_id)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed once kept', TG_TABLE_NAME USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_fixed';
END $$;

-- The one change allowed: an open validity is given an end, so that a successor can begin.
CREATE FUNCTION keep_tariff_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.operator_id = OLD.operator_id AND NEW.site_id = OLD.site_id AND NEW.version_id = OLD.version_id
        AND NEW.paper - 'valid_to' = OLD.paper - 'valid_to'
        AND lower(NEW.valid) = lower(OLD.valid) AND OLD.valid @> NEW.valid THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a tariff version is never changed once kept' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'tariff_versions_fixed';
END $$;

CREATE TRIGGER tariff_versions_fixed BEFORE UPDATE ON tariff_versions FOR EACH ROW EXECUTE FUNCTION keep_tariff_version();
CREATE TRIGGER tariff_versions_kept BEFORE DELETE ON tariff_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
