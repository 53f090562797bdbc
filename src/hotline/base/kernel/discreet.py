"""What must not stand in a log: addresses that are secrets themselves."""

from __future__ import annotations

import logging
import re

_SECRET = re.compile(r"(/api/v1/sms/[\w-]+/|/r/)[\w-]+")


class Discreet(logging.Filter):
    """Blanks the secret part of the address at which a gateway reports, and of the links that text messages carry."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the record stays, its secret goes."""
        said = record.getMessage()
        if (blanked := _SECRET.sub(r"\1…", said)) != said:
            record.msg, record.args = blanked, None
        return True
