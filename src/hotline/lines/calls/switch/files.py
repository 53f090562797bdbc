"""Every configuration file Asterisk reads, generated below `$HOTLINE_HOME/asterisk/etc`.

Nothing there is edited by hand: `write` is called before Asterisk starts and whenever the register changes, replaces
only files whose text differs, and says which, so that only what changed is reloaded.
"""

from __future__ import annotations

import logging
import re
import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from hotline.base.kernel import private
from hotline.base.kernel.errors import Problem
from hotline.lines.calls.prompts.build import music_folder
from hotline.lines.calls.switch.dialplan import CHANNEL_VARIABLES, extensions, watch
from hotline.lines.calls.switch.logs import LOG
from hotline.lines.calls.switch.modules import MODULES
from hotline.lines.calls.switch.plan import Site, Sounds
from hotline.lines.numbers.plan import BROWSERS_COME_FROM, TRANSPORTS, Plans, TrunkPlan

log = logging.getLogger(__name__)

_EMPTY = (
    "acl.conf",
    "ccss.conf",
    "cel.conf",
    "features.conf",
    "manager.conf",
    "pjproject.conf",
    "udptl.conf",
)
"""Read by Asterisk's core whether used or not; missing ones are errors in its log that hide real ones."""

ARI_USER = "callcontrol"
_QUALIFY = "qualify_frequency=5\nqualify_timeout=2.0\n"
"""How often a linked or emergency trunk is asked whether it is there (SIP OPTIONS), and how long its answer may take, in
seconds: before anybody is put through, and shown (joined/handover/watching.py)."""
JOURNAL = "calls.json"
"""The file of CDRs as JSON lines, one per call leg; journal.py imports those the dialplan ended by itself."""

JOURNAL_FIELDS = (
    "uniqueid,src,start(double),answer(double),end(double),billsec,disposition,"
    "number(uservar),outcome(uservar),duty(uservar)"
)


def write(site: Site, plans: Plans, sounds: Sounds) -> list[str]:
    """Write what differs; returns the names of the files that were (re)written. Raises OSError, and Problem for a trunk that cannot be."""
    folders = ("etc", "run", "log", "log/cdr-custom", "spool/recording", "lib/keys", "cache", "sounds/moh")
    for folder in folders:
        (site.root / folder).mkdir(parents=True, exist_ok=True)
    return [
        name for name, text in texts(site, plans, sounds).items() if _replaced(site.root / "etc" / name, text)
    ]


def renew(site: Site, plans: Plans, sounds: Sounds) -> list[str]:
    """Follow the register while the switch runs: writes what differs, returns the modules to reload, in this order.

    A switch opens its sockets once. A trunk that needs others, or that cannot be at all, waits for the next start; until
    then the dialplan knows only the trunks the switch knows, and a caller of the others' numbers is answered by 12345.
    """
    path = site.root / "etc/pjsip.conf"
    standing = path.read_text(encoding="utf-8")
    try:
        wanted = _pjsip(site, plans)
    except Problem as problem:
        log.error("%s %s", problem.zh, problem.en)
        wanted = ""
    modules = []
    if _sockets(wanted) != _sockets(standing):
        log.warning("trunks.csv asks for other sockets: its changes hold when the switch is started anew")
        plans = _carried(plans, re.findall(r"^\[trunk-(.+)\]$", standing, re.M))
    elif _replaced(path, wanted):
        modules.append("res_pjsip.so")
    if _replaced(site.root / "etc/extensions.conf", extensions(plans, sounds, site.rings)):
        modules.append("pbx_config.so")
    return modules


def _sockets(pjsip: str) -> str:
    """What stands before the trunks in pjsip.conf: it is read once, at the switch's start."""
    return pjsip.partition("[trunk-")[0]


def _carried(plans: Plans, trunks: Collection[str]) -> Plans:
    """The register as far as these trunks carry it."""
    return replace(
        plans,
        trunks=tuple(trunk for trunk in plans.trunks if trunk.name in trunks),
        numbers=tuple(
            n if n.linked_trunk in trunks else replace(n, linked_trunk=None) for n in plans.numbers
        ),
        emergency=tuple(
            replace(e, trunks=tuple(t for t in e.trunks if t in trunks)) for e in plans.emergency
        ),
    )


def texts(site: Site, plans: Plans, sounds: Sounds) -> dict[str, str]:
    """File name → text; a pure function of the instance and the city."""
    return {
        "asterisk.conf": _asterisk(site),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
        "logger.conf": f"[general]\nrotatestrategy=rotate\n[logfiles]\n{LOG} => notice,warning,error\n",
        "http.conf": _http(site),
        "ari.conf": _ari(site),
        "websocket_client.conf": _websocket_clients(site),
        "pjsip.conf": _pjsip(site, plans),
        "sorcery.conf": _SORCERY,
        "rtp.conf": _rtp(site),
        "indications.conf": _INDICATIONS,
        "musiconhold.conf": f"[default]\nmode=files\ndirectory={music_folder(site.home)}\n",
        "cdr.conf": "[general]\nenable=yes\nunanswered=yes\ncongestion=yes\nbatch=no\n",
        "cdr_custom.conf": f"[{JOURNAL}]\nformat=json\nfields={JOURNAL_FIELDS}\n",
        "stasis.conf": "[threadpool]\ninitial_size=5\nidle_timeout_sec=20\nmax_size=50\n",
        "extensions.conf": extensions(plans, sounds, site.rings),
        **{name: "" for name in _EMPTY},
    }


def _replaced(path: Path, text: str) -> bool:
    """Make `text` the whole of the file, readable by its owner only (it may hold secrets); whether it was another before."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    private.write(path, text)
    return True


def _asterisk(site: Site) -> str:
    root = site.root
    lines = {
        "astetcdir": root / "etc", "astvarlibdir": root / "lib", "astdbdir": root / "lib",
        "astkeydir": root / "lib", "astagidir": root / "lib", "astspooldir": root / "spool",
        "astrundir": root / "run", "astlogdir": root / "log", "astcachedir": root / "cache",
    }  # fmt: skip
    if site.data:
        lines["astdatadir"] = site.data
    if site.modules:
        lines["astmoddir"] = site.modules
    directories = "".join(f"{name} => {path}\n" for name, path in lines.items())
    return f"[directories]\n{directories}[options]\ntransmit_silence=yes\nlive_dangerously=no\nverbose=0\n"


def _http(site: Site) -> str:
    return (
        f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={site.http_port}\n"
        "sessionlimit=2000\nsession_inactivity=60000\nsession_keep_alive=60000\nservername=hotline\n"
    )


def _ari(site: Site) -> str:
    text = (
        f"[general]\nenabled=yes\nchannelvars={','.join(CHANNEL_VARIABLES)}\nwebsocket_write_timeout=1000\n\n"
    )
    text += f"[{ARI_USER}]\ntype=user\nread_only=no\npassword={site.ari_password}\n\n"
    for slot in range(1, site.slots + 1):
        text += (
            f"[slot-{slot}]\ntype=outbound_websocket\nwebsocket_client_id=callcontrol-{slot}\n"
            f"apps=callcontrol-{slot}\nlocal_ari_user={ARI_USER}\nsubscribe_all=no\n\n"
        )
    return text


def _websocket_clients(site: Site) -> str:
    """Asterisk dials every call control and keeps its events while it is away (callcontrol.md §3)."""
    return "\n".join(
        f"[callcontrol-{slot}]\ntype=websocket_client\nconnection_type=persistent\n"
        f"uri=ws://127.0.0.1:{site.callcontrol_port + slot - 1}/ari\nprotocols=ari\n"
        f"username={ARI_USER}\npassword={site.callcontrol_password}\n"
        "connection_timeout=500\nreconnect_interval=500\nreconnect_attempts=120\ntls_enabled=no\n"
        for slot in range(1, site.slots + 1)
    )


def _pjsip(site: Site, plans: Plans) -> str:
    # Until a real trunk is named nothing outside this machine can call or be called.
    loopback = all(trunk.is_loopback for trunk in plans.trunks)
    address = "127.0.0.1" if loopback else "0.0.0.0"  # noqa: S104 - a named operator must reach it
    outside = f"external_media_address={site.rtp_address}\n" if site.rtp_address else ""
    # No socket of its own (http.conf has it), but the address a browser's sound is bound to.
    sound = "0.0.0.0" if site.host else "127.0.0.1"  # noqa: S104 - browsers are elsewhere once there is a name
    text = (
        "[global]\ntype=global\nendpoint_identifier_order=username,ip\nuser_agent=hotline\n\n"
        f"[udp]\ntype=transport\nprotocol=udp\nbind={address}:{site.sip_port}\n{outside}\n"
        f"[tcp]\ntype=transport\nprotocol=tcp\nbind={address}:{site.sip_port}\n{outside}\n"
        f"[ws]\ntype=transport\nprotocol=ws\nbind={sound}\n{outside}\n"
    )
    return text + "\n".join(_pjsip_trunk(trunk) for trunk in plans.trunks)


def _watched(trunk: TrunkPlan, peer: str) -> str:
    """Beside an emergency trunk: an endpoint nobody calls or comes by, that is asked whether the far side is there.

    A linked trunk that gives no answer is not dialled (its caller learns at once); 110 is dialled whatever was answered.
    """
    name = watch(trunk.name)
    return (
        f"[{name}]\ntype=endpoint\nidentify_by=ip\ncontext=agents\ndisallow=all\nallow={','.join(trunk.codecs)}\n"
        f"transport={trunk.transport}\naors={name}\n\n"
        f"[{name}]\ntype=aor\ncontact=sip:{peer}{';transport=tcp' if trunk.transport == 'tcp' else ''}\n{_QUALIFY}\n"
    )


def _pjsip_trunk(trunk: TrunkPlan) -> str:
    name = f"trunk-{trunk.name}"
    peer = f"{trunk.host}:{trunk.port}" if trunk.port else trunk.host
    # A linked centre on this very machine (a lab) is told apart from the operator's trunk by its port.
    match = peer if trunk.is_loopback else trunk.host
    # The loader refuses both; a row of an older version may still stand in the register.
    if trunk.transport not in TRANSPORTS:
        raise Problem(
            "trunk-transport",
            f"中继 {trunk.name}：暂不支持 {trunk.transport}，不会改用明文。",
            f"Trunk {trunk.name}: {trunk.transport} is not supported yet, and plain text is not used instead.",
        )
    if trunk.host == BROWSERS_COME_FROM:
        raise Problem(
            "trunk-address",
            f"中继 {trunk.name}：{trunk.host} 是浏览器话机的来路，不能作为中继地址。",
            f"Trunk {trunk.name}: browsers' phones come from {trunk.host}, it cannot be a trunk's address.",
        )
    transport = trunk.transport
    return (
        # Known by its address alone: the name in a From header is whatever the sender likes.
        f"[{name}]\ntype=endpoint\nidentify_by=ip\ncontext={name}\n"
        f"disallow=all\nallow={','.join(trunk.codecs)}\n"
        f"transport={transport}\naors={name}\nsend_connected_line=no\ntrust_connected_line=no\n"
        "trust_id_inbound=yes\nsend_diversion=yes\ndirect_media=no\nrtp_symmetric=yes\nforce_rport=yes\n"
        + (f"from_user={trunk.from_number}\n" if trunk.from_number else "")
        + "rewrite_contact=no\ndtmf_mode=auto\nallow_transfer=no\ninband_progress=no\n\n"
        f"[{name}]\ntype=identify\nendpoint={name}\nmatch={match}\n\n"
        f"[{name}]\ntype=aor\ncontact=sip:{peer}{';transport=tcp' if transport == 'tcp' else ''}\n"
        + (_QUALIFY if trunk.kind == "linked" else "")
        + "\n"
        + (_watched(trunk, peer) if trunk.kind == "emergency" else "")
    )


_SORCERY = """; Trunks stand in pjsip.conf; agents' phones are pushed into memory by call control (ADR 0006).
[res_pjsip]
endpoint=config,pjsip.conf,criteria=type=endpoint
endpoint=memory
auth=config,pjsip.conf,criteria=type=auth
auth=memory
aor=config,pjsip.conf,criteria=type=aor
aor=memory
"""

_INDICATIONS = """[general]
country=cn

[cn]
description=China
ringcadence=1000,4000
dial=450
busy=450/350,0/350
ring=450/1000,0/4000
congestion=450/700,0/700
callwaiting=450/400,0/4000
dialrecall=450
record=950/400,0/10000
info=!950/330,!1400/330,!1800/330,0/1000
stutter=450+425
"""


def _rtp(site: Site) -> str:
    text = f"[general]\nrtpstart={site.rtp[0]}\nrtpend={site.rtp[1]}\nicesupport=yes\nstrictrtp=yes\n"
    if not site.host:
        # Asterisk never offers 127.0.0.1, but on one machine the browser has nothing else it may use.
        text += "\n[ice_host_candidates]\n"
        text += "".join(f"{address} => 127.0.0.1,include_local_address\n" for address in own_addresses())
    return text


def own_addresses() -> Iterator[str]:
    """This machine's IPv4 addresses other than the loopback's."""
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), 0x8915, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue
            address = socket.inet_ntoa(answer[20:24])
            if not address.startswith("127."):
                yield address
