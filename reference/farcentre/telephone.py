"""The centre's own small Asterisk. What a call meets is asked of the centre over FastAGI, so a mode holds from the next call on."""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reference.farcentre.centre import Centre

MODULES = (
    "res_timing_timerfd",
    "res_clioriginate",
    "app_exec", "res_sorcery_config", "res_sorcery_memory", "res_sorcery_astdb", "res_rtp_asterisk",
    "res_speech", "res_agi", "codec_alaw", "codec_ulaw", "codec_a_mu", "codec_resample", "format_pcm", "format_wav", "format_sln",
    "res_pjproject", "res_pjsip", "res_pjsip_session", "res_pjsip_pubsub", "res_pjsip_caller_id",
    "res_pjsip_dtmf_info", "res_pjsip_endpoint_identifier_ip", "res_pjsip_endpoint_identifier_anonymous",
    "res_pjsip_header_funcs", "res_pjsip_nat", "res_pjsip_rfc3326", "res_pjsip_sdp_rtp", "res_pjsip_diversion", "chan_pjsip",
    "bridge_simple", "bridge_softmix", "bridge_native_rtp", "bridge_builtin_features",
    "pbx_config", "app_dial", "app_playback", "app_playtones", "app_stack", "app_verbose", "app_echo", "app_read",
    "app_mixmonitor", "app_senddtmf", "func_callerid", "func_channel", "func_cut", "func_logic", "func_math",
    "func_strings", "func_pjsip_endpoint",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """Where Asterisk is."""

    asterisk: Path
    modules: Path
    data: Path


@dataclass(frozen=True)
class Lines:
    """Ports and peers."""

    sip: int
    rtp: tuple[int, int]
    agi: int
    hotline_sip: int


class Telephone:
    """A running Asterisk below ``centre.folder``."""

    def __init__(self, centre: Centre, program: Program, lines: Lines) -> None:
        self.centre, self.program, self.lines = centre, program, lines
        self.root = centre.folder / "asterisk"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Write the files, answer Asterisk's questions, run it."""
        for name in ("etc", "run", "log", "spool", "lib/keys", "heard"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        for name, text in self._files().items():
            (self.root / "etc" / name).write_text(text, encoding="utf-8")
        self._listen()
        with (self.root / "out.txt").open("ab") as out:
            self.process = subprocess.Popen(
                [self.program.asterisk, "-C", self.root / "etc/asterisk.conf", "-f", "-n"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        deadline = time.monotonic() + 40
        while not self.cli("core show version").startswith("Asterisk"):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError((self.root / "out.txt").read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """End it."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def cli(self, command: str) -> str:
        """One command of Asterisk's console."""
        done = subprocess.run(
            [self.program.asterisk, "-C", self.root / "etc/asterisk.conf", "-rx", command],
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
        return done.stdout

    # --- what a call meets ----------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        telephone = self

        class Asked(socketserver.StreamRequestHandler):
            """One question of the dialplan's."""

            def handle(self) -> None:
                said: dict[str, str] = {}
                for line in iter(lambda: self.rfile.readline().decode(errors="replace").strip(), ""):
                    name, _, value = line.partition(": ")
                    said[name] = value
                for name, value in telephone.answer(said).items():
                    self.wfile.write(f'SET VARIABLE {name} "{value}"\n'.encode())
                    self.rfile.readline()

        server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", self.lines.agi), Asked, bind_and_activate=False
        )
        server.allow_reuse_address = server.daemon_threads = True
        server.server_bind()
        server.server_activate()
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(self, said: dict[str, str]) -> dict[str, str]:
        """Note what happened to a call, and say what it meets."""
        store, channel = self.centre.store, said.get("agi_uniqueid", "")
        now = datetime.now(UTC).isoformat()
        match said.get("agi_network_script", ""):
            case "arrived":
                number = said.get("agi_arg_1", "")
                store.do(
                    "INSERT OR REPLACE INTO call (channel, number, correlation, caller, way, arrived_at, heard)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    channel, number, said.get("agi_arg_2", ""), said.get("agi_callerid", ""), said.get("agi_arg_3", ""),
                    now, str(self.root / "heard" / f"{channel}.wav"),
                )  # fmt: skip
                desk = self.centre.desks.get(number)
                if desk is None:
                    return {"MODE": "vacant"}
                return {"MODE": desk.mode, "RINGS": str(desk.rings), "TONE": str(desk.tone)}
            case "answered":
                store.do("UPDATE call SET answered_at = ? WHERE channel = ?", now, channel)
            case "keyed":
                self._keyed(channel, said.get("agi_arg_1", ""))
            case "ended":
                store.do("UPDATE call SET ended_at = ? WHERE channel = ?", now, channel)
        return {}

    def _keyed(self, channel: str, code: str) -> None:
        """A code was read by DTMF: the call and the message belong together."""
        store = self.centre.store
        found = store.do("SELECT correlation FROM message WHERE code = ? AND code <> ''", code)
        if found:
            store.do(
                "UPDATE call SET correlation = ?, linked_by = 'code' WHERE channel = ?",
                found[0]["correlation"],
                channel,
            )

    def give_over(self, channel: str, correlation: str, digits: str = "") -> None:
        """Send the caller on ``channel`` (its unique id) to the hotline, marked with ``correlation`` (none: unmarked)."""
        lines = self.cli("core show channels concise").splitlines()
        names = [line.split("!")[0] for line in lines if line.split("!")[-1] == channel]
        if not names:
            raise LookupError(f"no channel {channel}")
        for name, value in (("OVER_WITH", correlation), ("OVER_KEYS", digits)):
            self.cli(f"dialplan set chanvar {names[0]} {name} {value or '-'}")
        self.cli(f"channel redirect {names[0]} over,{self.centre.main},1")

    # --- files ----------------------------------------------------------------------------------------------------------

    def _files(self) -> dict[str, str]:
        root, program, lines = self.root, self.program, self.lines
        return {
            "asterisk.conf": f"[directories]\nastetcdir={root}/etc\nastmoddir={program.modules}\nastvarlibdir={root}/lib\n"
            f"astdbdir={root}/lib\nastkeydir={root}/lib\nastdatadir={program.data}\nastspooldir={root}/spool\n"
            f"astrundir={root}/run\nastlogdir={root}/log\n[options]\ntransmit_silence=yes\nlive_dangerously=no\n",
            "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in MODULES),
            "logger.conf": "[logfiles]\nmessages => notice,warning,error\n",
            "rtp.conf": f"[general]\nrtpstart={lines.rtp[0]}\nrtpend={lines.rtp[1]}\n",
            "indications.conf": "[general]\ncountry=cn\n[cn]\nringcadence=1000,4000\nring=450/1000,0/4000\n",
            "pjsip.conf": self._pjsip(),
            "extensions.conf": self._dialplan(),
        }

    def _pjsip(self) -> str:
        common = "disallow=all\nallow=alaw,ulaw\ndirect_media=no\nrtp_symmetric=yes\nsend_connected_line=no\n"
        peer = f"127.0.0.1:{self.lines.hotline_sip}"
        return (
            "[global]\ntype=global\nendpoint_identifier_order=ip,anonymous\nuser_agent=farcentre\n"
            f"[udp]\ntype=transport\nprotocol=udp\nbind=127.0.0.1:{self.lines.sip}\n"
            f"[hotline]\ntype=endpoint\ncontext=joined\naors=hotline\n{common}trust_id_inbound=yes\n"
            f"[hotline]\ntype=identify\nendpoint=hotline\nmatch={peer}\n"
            f"[hotline]\ntype=aor\ncontact=sip:{peer}\n"
            f"[anonymous]\ntype=endpoint\ncontext=public\n{common}"
        )

    def _dialplan(self) -> str:
        ask = f"agi://127.0.0.1:{self.lines.agi}"
        kept = "${FILTER(0-9a-z.\\x2d,${PJSIP_HEADER(read,X-Correlation-Id)})}"
        meet = [
            'GotoIf($["${MODE}" = "vacant"]?vacant)', 'GotoIf($["${MODE}" = "busy"]?busy)',
            'GotoIf($["${MODE}" = "refuse"]?refuse)', "Ringing()",
            'GotoIf($["${MODE}" = "no_answer"]?deaf)', "Wait(${RINGS})", "Answer()", f"AGI({ask}/answered)",
            # r: what the far agent hears. Both directions of one file would not tell who was heard.
            "MixMonitor(${UNIQUEID}-both.wav,r(${HEARD}))",
            'GotoIf($["${MODE}" = "echo"]?echo)', 'GotoIf($["${MODE}" != "code"]?talk)',
            "Read(CODE,,6,,1,20)", f"AGI({ask}/keyed,${{CODE}})",
            "talk: Playtones(${TONE})", "Wait(600)", "Hangup()", "echo: Echo()", "Hangup()",
            "deaf: Wait(120)", "Hangup(19)", "busy: Hangup(17)", "refuse: Hangup(21)", "vacant: Hangup(1)",
        ]  # fmt: skip
        heard = f"Set(HEARD={self.root}/heard/${{UNIQUEID}}.wav)"

        def context(name: str, *steps: str) -> str:
            out = [f"[{name}]", f"exten => _X.,1,{steps[0]}"]
            for step in steps[1:]:
                label, colon, application = step.partition(": ")
                out.append(
                    f" same => n({label}),{application}"
                    if colon and label.isalpha()
                    else f" same => n,{step}"
                )
            return "\n".join([*out, f"exten => h,1,AGI({ask}/ended)", ""])

        over = [
            "StopMixMonitor()", "StopPlaytones()", 'ExecIf($["${OVER_WITH}" = "-"]?Set(OVER_WITH=))',
            'ExecIf($["${OVER_KEYS}" = "-"]?Set(OVER_KEYS=))',
            "Dial(PJSIP/${EXTEN}@hotline,60,b(mark^s^1(${OVER_WITH}))D(${OVER_KEYS}))", "Hangup()",
        ]  # fmt: skip
        return "\n".join(
            [
                "[general]\nstatic=yes\nwriteprotect=yes\n",
                context("joined", heard, f"AGI({ask}/arrived,${{EXTEN}},{kept},hotline)", *meet),
                context("public", heard, f"AGI({ask}/arrived,${{EXTEN}},,public)", *meet),
                context("over", *over),
                "[mark]\nexten => s,1,ExecIf($[${LEN(${ARG1})} > 0]?Set(PJSIP_HEADER(add,X-Correlation-Id)=${ARG1}))",
                " same => n,Return()\n",
            ]
        )

    @property
    def pids(self) -> list[int]:
        """This process and its Asterisk: who unplugs the centre stops both."""
        return [os.getpid(), *([self.process.pid] if self.process else [])]
