"""A language's sort order for the databases of tests: made from the system's sources where it is not installed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

_MADE = "en_US.UTF-8"
# How a database may be told to sort as people do: whichever the server knows.
_ORDERS = (
    sql.SQL("LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C.UTF-8'"),
    *(
        sql.SQL("LOCALE_PROVIDER libc LOCALE {}").format(name)
        for name in (_MADE, "en_US.utf8", "zh_CN.UTF-8", "de_DE.UTF-8")
    ),
)


def offer_locale(folder: Path) -> None:
    """Makes a locale below `folder` and has servers that are started from now on look there. The embedded
    server knows no ICU, and small systems install no locale at all."""
    folder.mkdir(parents=True, exist_ok=True)
    localedef = shutil.which("localedef")
    if localedef and not (folder / _MADE).exists():
        making = [localedef, "-i", "en_US", "-f", "UTF-8", str(folder / _MADE)]
        subprocess.run(making, capture_output=True, check=False)
    plain = Path("/usr/lib/locale/C.utf8")  # LOCPATH replaces the system's folder
    if plain.exists() and not (folder / plain.name).exists():
        with contextlib.suppress(FileExistsError):
            (folder / plain.name).symlink_to(plain)
    if (folder / _MADE).exists():
        os.environ["LOCPATH"] = str(folder)


def database_sorted_for_people(url: str, name: str) -> bool:
    """Makes the empty database `name` with a collation in which 'a' < 'B'. False where the server knows none."""
    identifier = sql.Identifier(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        for order in _ORDERS:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' {}").format(identifier, order)
            with contextlib.suppress(psycopg.Error):
                connection.execute(statement)
                return True
    return False
