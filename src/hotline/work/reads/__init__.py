"""Who looked at whose personal data, and when: the audit administrator's search (查阅留痕). No tables of its own."""
