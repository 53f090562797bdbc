"""The audit log's two-column key, and the trigger that keeps its rows from being changed or deleted (等保: 日志不可删改)."""

from django.db import migrations

from hotline.base.kernel.keys import composite_key

GUARD = """
CREATE FUNCTION kernel_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'audit rows are never deleted / 审计记录不可删除';
    END IF;
    IF OLD.seal IS NOT NULL OR to_jsonb(NEW) - 'seal' IS DISTINCT FROM to_jsonb(OLD) - 'seal' THEN
        RAISE EXCEPTION 'audit rows are never changed / 审计记录不可修改';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kernel_audit_guard BEFORE UPDATE OR DELETE ON kernel_auditrow
    FOR EACH ROW EXECUTE FUNCTION kernel_audit_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        composite_key("kernel_auditrow"),
        migrations.RunSQL(
            GUARD,
            "DROP TRIGGER kernel_audit_guard ON kernel_auditrow; DROP FUNCTION kernel_audit_guard();",
        ),
    ]
