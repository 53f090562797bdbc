"""写出 Asterisk 的配置并成为 Asterisk / write Asterisk's files from the register and become Asterisk (run by the supervisor)"""

from __future__ import annotations

import logging
import os

import click

from hotline.base.kernel.errors import Problem
from hotline.project.config import config
from hotline.project.runtime.process import VOICES, go_first
from hotline.project.runtime.switch import tools

NEEDS_DJANGO = True
log = logging.getLogger(__name__)


@click.command()
def command() -> None:
    """按此刻的登记写出配置并运行交换机。

    The switch obeys the register as it is now; while the database is away, as it was when the files were last written.
    """
    from hotline.lines.calls import register

    settings = config()
    found = tools(settings.cache)
    conf = settings.home / "asterisk/etc/asterisk.conf"
    try:
        register.write_switch_files(found.data, found.modules)
    except Problem:
        raise  # what the register asks for must not be: the files of the last time might ask for it too
    except Exception:
        if not conf.is_file():
            raise
        log.exception("the switch's files could not be renewed; starting with those of the last time")
    # Its log holds the numbers of whoever was refused, its spool what people said: for its own user only.
    os.umask(0o077)
    go_first(VOICES)
    os.execv(found.asterisk, [str(found.asterisk), "-C", str(conf), "-f", "-n"])  # noqa: S606 - our own program
