"""The city's mailbox, for what comes by mail."""

from tests.notices.conftest import office, post

__all__ = ["office", "post"]
