"""What may be done in this room; searching needs audit.read, which the audit administrator alone has."""

from hotline.base.kernel.rights import declare

READ = "audit.read"
EXPORT = declare("audit.export", "导出查阅记录（留痕）", "Export who read what (logged)")
