"""Every setting of the product, declared once: name, type, default, help.

Read from the environment when asked for. `orderloom doctor` prints them, and a test holds the README's table
to this list.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Setting:
    """name     of the environment variable
    default  what holds when it is not set; None means that it must be set where it is needed
    help     one line for people
    secret   never printed
    """

    name: str
    default: str | None
    help: str
    secret: bool = False


SETTINGS: Final = (
    Setting(
        "DATABASE_URL",
        None,
        "PostgreSQL as the application role (owns nothing, row security holds)",
        secret=True,
    ),
    Setting(
        "DATABASE_OWNER_URL",
        None,
        "PostgreSQL as the owner of the schema; only `migrate` uses it",
        secret=True,
    ),
    Setting("DATABASE_SYSTEM_URL", None, "PostgreSQL as the system role of relay and scheduler", secret=True),
    Setting("REDIS_URL", "redis://127.0.0.1:6379/0", "Redis or Valkey: job queue and rate limits", secret=True),
    Setting("ORDERLOOM_SECRET_KEY", None, "Signs sessions and tokens; 32 bytes or more", secret=True),
    Setting("ORDERLOOM_BASE_HOST", "localhost", "Tenants are served at <slug>.<this host>"),
    Setting("ORDERLOOM_PORT", "8000", "Port that `orderloom serve` listens on"),
    Setting("ORDERLOOM_HOST", "127.0.0.1", "Address that `orderloom serve` listens on"),
    Setting("ORDERLOOM_PUBLIC_URL", "http://localhost:8000", "Address in mails; {slug} becomes the tenant's"),
    Setting("ORDERLOOM_SECURE_COOKIES", "0", "1: cookies only over https"),
    Setting("ORDERLOOM_TRUSTED_PROXIES", "0", "How many reverse proxies stand in front (X-Forwarded-*)"),
    Setting("ORDERLOOM_WEB_PROCESSES", "2", "Processes of `orderloom serve`"),
    Setting("ORDERLOOM_WEB_THREADS", "4", "Threads of each web process"),
    Setting("ORDERLOOM_DB_POOL", "8", "Database connections of each process"),
    Setting("ORDERLOOM_LOG_FORMAT", "json", "json for machines, console for people"),
    Setting("ORDERLOOM_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
    Setting(
        "ORDERLOOM_MAIL",
        "console",
        "console prints mails; smtp://user:password@host:port sends them",
        secret=True,
    ),
    Setting("ORDERLOOM_MAIL_FROM", "Orderloom <no-reply@localhost>", "Sender of mails"),
    Setting("ORDERLOOM_API_RATE", "6000/minute", "Requests an API key may make unless its tenant's plan says else"),
    Setting("ORDERLOOM_LOGIN_RATE", "10/minute", "Login attempts from one address"),
    Setting(
        "ORDERLOOM_PASSWORD_COST", "3,65536,4", "Argon2id: passes, memory in KiB, lanes; hashes follow at next sign-in"
    ),
    Setting("ORDERLOOM_RESEND_SECONDS", "300", "An event that no consumer has done with by then is sent again"),
    Setting("ORDERLOOM_IMPORT_CHUNK", "1000", "Orders that an import places in one transaction"),
    Setting("ORDERLOOM_FIELD_BATCH", "2000", "Rows that are indexed or computed anew in one transaction"),
    Setting("ORDERLOOM_FILE_KB", "5120", "Largest file of a custom field, in KiB"),
    Setting("ORDERLOOM_FILES_MB", "1024", "Files of custom fields that a company may keep, in MiB"),
    Setting("ORDERLOOM_IMPORT_STALE_SECONDS", "60", "An import silent for so long may be taken over by another worker"),
    Setting("ORDERLOOM_BACKTEST_CHUNK", "2000", "Orders that a backtest decides in one transaction"),
    Setting("ORDERLOOM_STATE_DIR", "var", "Where embedded servers and uploads are kept"),
    Setting("ORDERLOOM_HEARTBEAT_FILE", "", "File that worker, relay and scheduler touch while they live"),
    Setting("PROMETHEUS_MULTIPROC_DIR", "", "Folder in which web processes share their metrics"),
)

_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}


class SettingMissing(RuntimeError):
    """A setting without default is not set; the message names it and says what it is for."""


def get(name: str) -> str:
    """The value of a declared setting. Raises SettingMissing where it has neither value nor default."""
    setting = _BY_NAME[name]
    value = os.environ.get(name, setting.default)
    if value is None:
        raise SettingMissing(f"{name} is not set: {setting.help}")
    return value


def get_optional(name: str) -> str | None:
    """As `get`, but None instead of SettingMissing."""
    return os.environ.get(name, _BY_NAME[name].default)


def get_int(name: str) -> int:
    return int(get(name))


def get_bool(name: str) -> bool:
    return get(name).strip().lower() in {"1", "true", "yes", "on"}
