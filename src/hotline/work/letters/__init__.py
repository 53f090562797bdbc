"""Letters (文书): orders to units and notices to callers, numbered, from a city's own templates, as DOCX and PDF."""
