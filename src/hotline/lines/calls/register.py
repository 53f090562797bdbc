"""From the register to the switch's files: gathers what `switch.files` needs from the instance and the city."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from hotline.base.kernel.errors import Problem
from hotline.lines.calls import limits, prompts
from hotline.lines.calls.switch import files
from hotline.lines.calls.switch.plan import Rings, Site
from hotline.lines.numbers import queries as numbers
from hotline.lines.numbers.plan import Plans


def site(data: Path | None = None, modules: Path | None = None) -> Site:
    """This instance's Asterisk; ``data`` and ``modules`` are the switch's own folders, where they are not its built-in ones."""
    instance = settings.HOTLINE
    ports = instance.ports
    return Site(
        home=instance.home,
        sip_port=instance.sip_port,
        http_port=ports["asterisk_http"],
        callcontrol_port=ports["callcontrol"],
        slots=instance.slots,
        rtp=(ports["rtp_start"], ports["rtp_end"]),
        ari_password=instance.secrets["ari"],
        callcontrol_password=instance.secrets["callcontrol"],
        rings=Rings(limits.seconds("link"), limits.seconds("emergency"), limits.seconds("duty")),
        host=instance.host,
        rtp_address=instance.rtp_address,
        data=data,
        modules=modules,
    )


def sound(prompt_id: str) -> str | None:
    """A prompt's file as the dialplan plays it; None while it has not been made."""
    path: Path = prompts.path(settings.HOTLINE.home, prompt_id)
    return str(path) if path.with_name(path.name + ".alaw").is_file() else None


def refuse_sandbox_with_real_trunks() -> None:
    """A sandbox's clock can be moved and its calls are play: it must not reach a real person. Raises Problem."""
    if settings.SANDBOX and numbers.reaches_real_people():
        raise Problem(
            "sandbox-with-real-trunk",
            "沙箱（HOTLINE_SANDBOX=1）不得配置真实中继：请从 trunks.csv 中移除，或不以沙箱方式启动。",
            "A sandbox (HOTLINE_SANDBOX=1) must not have a real trunk: remove it from trunks.csv or start without a sandbox.",
        )


def write_switch_files(data: Path | None = None, modules: Path | None = None) -> list[str]:
    """Write every file of the switch's that differs, before it starts; returns their names. Raises Problem."""
    refuse_sandbox_with_real_trunks()
    return files.write(site(data, modules), numbers.plans(), sound)


def renew_switch_files(plans: Plans) -> list[str]:
    """Write what differs while the switch runs; the modules it must reload, in this order."""
    return files.renew(site(), plans, sound)
