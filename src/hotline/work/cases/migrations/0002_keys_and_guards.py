"""Two-column keys, the sequence of case numbers, and the guard that keeps history append-only."""

from django.db import migrations

from hotline.base.kernel.keys import composite_foreign_key, composite_key

GUARD = """
CREATE FUNCTION cases_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a case is never changed / 诉求件的办理记录不可修改';
END $$;
CREATE TRIGGER cases_event_guard BEFORE UPDATE ON cases_caseevent FOR EACH ROW EXECUTE FUNCTION cases_event_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        composite_key("cases_case"),
        composite_key("cases_caseevent"),
        composite_foreign_key("cases_caseevent", "case_id", "cases_case"),
        # Each value is a block of numbers (codes.BLOCK), so that filing in many processes never queues at one row.
        migrations.RunSQL("CREATE SEQUENCE cases_number_seq", "DROP SEQUENCE cases_number_seq"),
        migrations.RunSQL(
            GUARD, "DROP TRIGGER cases_event_guard ON cases_caseevent; DROP FUNCTION cases_event_guard();"
        ),
    ]
