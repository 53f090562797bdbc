"""三权分立, held by the database too: nobody has two of the three administrators' posts at the same time."""

from django.db import migrations

GUARD = """
CREATE FUNCTION people_separated_posts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    separated text[] := ARRAY['system_admin', 'security_admin', 'audit_admin'];
BEGIN
    IF NOT NEW.role = ANY (separated) THEN
        RETURN NEW;
    END IF;
    -- Two transactions giving one person a post each would not see each other's row: the second waits here.
    PERFORM 1 FROM people_staff WHERE id = NEW.staff_id FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM people_post other
        WHERE other.staff_id = NEW.staff_id AND other.id <> NEW.id
          AND other.role = ANY (separated) AND other.role <> NEW.role
          AND tstzrange(other.starts_at, other.ends_at) && tstzrange(NEW.starts_at, NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'one person may not hold two administrators'' posts / 系统、安全、审计管理员不得由一人兼任'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'separated_posts';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_separated_posts BEFORE INSERT OR UPDATE ON people_post
    FOR EACH ROW EXECUTE FUNCTION people_separated_posts();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER people_separated_posts ON people_post; DROP FUNCTION people_separated_posts();",
        ),
    ]
