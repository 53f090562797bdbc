"""The documentation is drawn from the tables, so it cannot say anything else."""

from hotline.project.cli.docs import stale


def test_the_reference_pages_say_what_the_tables_say() -> None:
    assert stale() == [], "run: .venv/bin/hotline docs"
