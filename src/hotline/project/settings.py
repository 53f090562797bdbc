"""Django's settings, derived from the instance's Config. Nothing here names a city."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import yaml
from csp.constants import NONE, SELF

from hotline.project.config import config

HOTLINE = config()
CITY: dict[str, Any] = yaml.load(
    (HOTLINE.city_dir / "city.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
CITY_ID: int = int(CITY["city_id"])
SANDBOX = HOTLINE.sandbox

SECRET_KEY = HOTLINE.secrets["django"]
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] + ([HOTLINE.host] if HOTLINE.host else [])
CSRF_TRUSTED_ORIGINS = [HOTLINE.origin]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "csp",
    "hotline.base.kernel",
    "hotline.base.people",
    "hotline.base.parties",
    "hotline.base.files",
    "hotline.base.notices",
    "hotline.lines.numbers",
    "hotline.lines.calls",
    "hotline.lines.calls.announcements",
    "hotline.lines.roster",
    "hotline.lines.alarms",
    "hotline.lines.calls.callbacks",
    "hotline.lines.calls.restrictions",
    "hotline.lines.calls.skills",
    "hotline.lines.recordings",
    "hotline.work.finding",
    "hotline.work.interests",
    "hotline.work.cases",
    "hotline.work.alerts",
    "hotline.work.attachments",
    "hotline.work.inbox",
    "hotline.work.reads",
    "hotline.work.dispatch",
    "hotline.work.views",
    "hotline.work.exports",
    "hotline.work.letters",
    "hotline.joined.exchange",
    "hotline.joined.handover",
    "hotline.joined.metrics",
    "hotline.faces.desk",
    "hotline.faces.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "hotline.project.urls"
WSGI_APPLICATION = "hotline.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ]
        },
    }
]


def _database(dsn: str) -> dict[str, Any]:
    parts = urlsplit(dsn)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or 5432),
        # A pooled connection is tried before use: after the database restarted, no request meets a dead one.
        "CONN_HEALTH_CHECKS": True,
        # A new connection for each request costs 4-8 times as much as a pooled one (docs/adr/0001).
        # What stands behind the ? (sslmode, sslrootcert, …) is PostgreSQL's own and passed on.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 5}, **dict(parse_qsl(parts.query))},
    }


DATABASES = {"default": _database(HOTLINE.dsn)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Staff"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

SESSION_ENGINE = "hotline.base.people.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(HOTLINE.host)
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = HOTLINE.cookie("session"), HOTLINE.cookie("csrf")
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "img-src": [SELF, "data:"],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CITY["timezone"]

STATIC_URL = "/static/"
STATIC_ROOT = HOTLINE.home / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# What people send is never written to a disk in plain: it stays in memory until it is encrypted. Larger requests lose their
# files, which the rooms then say (hotline.work.attachments).
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024


def SPEECH() -> tuple[Path, Path]:
    """espeak-ng and sox of this instance, for words nobody knew when its prompts were made. Raises CannotObtain."""
    from hotline.project.runtime.switch import tools

    found = tools(HOTLINE.cache)
    return found.espeak, found.sox


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"discreet": {"()": "hotline.base.kernel.discreet.Discreet"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["discreet"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"procrastinate": {"level": "WARNING"}},  # it announces itself to every command otherwise
}
