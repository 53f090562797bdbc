"""Everything between a checkout and a database full of the city: each step says what it does and is skipped when done."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotline.project.config import Config
from hotline.project.runtime import console, database, messages, supervision
from hotline.project.runtime.packages import CannotObtain, Say
from hotline.project.runtime.stamps import Stamps, digest
from hotline.project.runtime.switch import Tools, tools


@dataclass
class Preparation:
    """One start's preparation. `telephony_off` tells why there is no Asterisk, and is empty when there is one."""

    config: Config
    say: Say
    telephony_off: str = ""
    tools: Tools | None = None

    def run(self) -> None:
        """Do what is missing. Raises ConfigurationError; no Asterisk is no error but `telephony_off`."""
        config = self.config
        self.stamps = Stamps(config.home / "run/stamps.json")
        self.switch()
        with self.step("提示语 / prompts", self._prompt_input(), enabled=self.tools is not None) as todo:
            if todo:
                self.prompts()
        console.build(config.checkout, self.say)
        messages.compile_all(config.checkout / "src")
        self.data()

    @contextmanager
    def step(self, name: str, input: str, *, enabled: bool = True) -> Iterator[bool]:
        """Yield whether the step has to run; its input is stamped when it ends without an error."""
        todo = enabled and not self.stamps.is_done(name, input)
        started = time.monotonic()
        if todo:
            self.say(f"▶ {name}")
        yield todo
        if todo:
            self.stamps.done(name, input)
            self.say(f"✔ {name} ({time.monotonic() - started:.0f} s)")

    def switch(self) -> None:
        """Find or fetch Asterisk; without one the platform still starts, with telephony off, and says so."""
        if os.environ.get("HOTLINE_TELEPHONY") == "off":
            self.telephony_off = "HOTLINE_TELEPHONY=off"
            return
        try:
            self.tools = tools(self.config.cache, self.say)
        except CannotObtain as reason:
            self.telephony_off = str(reason)

    def _prompt_input(self) -> str:
        files = [self.config.city_dir / "prompts.csv", *self.config.city_dir.glob("prompts/**/*.wav")]
        source = Path(__file__).parents[2] / "lines/calls/prompts"
        return digest([*files, *source.glob("*.py")], str(self.tools and self.tools.espeak))

    def prompts(self) -> None:
        """Speak the city's prompts."""
        from hotline.lines.calls import prompts

        assert self.tools is not None
        city = self.config.city_dir
        prompts.build(
            self.config.home, prompts.read(city / "prompts.csv"),
            espeak=self.tools.espeak, sox=self.tools.sox, recorded=city / "prompts",
            kept=self.config.cache / "prompts", say=self.say,
        )  # fmt: skip

    def data(self) -> None:
        """Database: made, migrated, the city loaded into the empty one, first accounts; static files collected."""
        config = self.config
        cluster = None if config.database_url else supervision.embedded(config)
        if cluster is not None and not cluster.initialised:
            self.say("▶ 数据库初始化 / initialising the database")
            cluster.ensure_initialised()
        identity = config.dsn if cluster is None else cluster.identity
        with self.step("数据 / data", digest(_data_input(config), identity)) as todo:
            if not todo:
                return
            if cluster is not None:
                cluster.start(record=supervision.part_record(config.home, "postgres"))
            try:
                database.refuse_unfit(config)
                fill(config, self.say)
            finally:
                if cluster is not None:
                    cluster.stop()


def fill(config: Config, say: Say) -> None:
    """Migrate, load the city into the empty database, create the roles' first accounts, collect static files."""
    from hotline.project.cli import set_up_django

    set_up_django()
    from django.core.management import call_command

    say("  数据库结构 / migrations")
    call_command("migrate", verbosity=0, interactive=False)
    from hotline.base.people.actions import first_accounts
    from hotline.project.cli.load import load_city

    if database.is_empty():
        say(f"  载入城市数据 / loading the city: {config.city_dir}")
        load_city()
    first_accounts(config.home)
    say("  静态文件 / static files")
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)


def _data_input(config: Config) -> Iterator[Path]:
    """What a database is made from: migrations, the city's folder, static files of the rooms."""
    source = config.checkout / "src/hotline"
    yield from source.glob("**/migrations/*.py")
    yield from (file for file in source.glob("**/static/**/*") if file.is_file())
    yield config.checkout / "requirements/runtime.txt"
