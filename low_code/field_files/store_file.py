"""Keeps a file that was uploaded for a custom field."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from kernel import settings
from kernel.db import Work
from kernel.ids import new_id
from low_code.field_files.errors import FileEmpty, FileNotAnImage, FilesFull, FileTooLarge
from low_code.field_files.media_type import IMAGES, media_type_of

_INSERT = """
INSERT INTO field_files (tenant_id, id, name, media_type, size, data, uploaded_by, uploaded_at, entity)
VALUES (%(tenant)s, %(id)s, %(name)s, %(media_type)s, %(size)s, %(data)s, %(actor)s, %(now)s, %(entity)s)
"""
_CONTROL = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFile:
    """entity       whose field it is meant for
    name         as the browser sent it; a path before it is left out
    only_images  refuse what is no picture, by what its bytes are
    """

    entity: str
    name: str
    data: bytes
    only_images: bool = False


def store_file(work: Work, command: StoreFile) -> UUID:
    """The file's id. Until a row takes it, only its uploader sees it.

    raises  FileEmpty, FileTooLarge, FileNotAnImage, FilesFull
    """
    assert work.actor.id is not None, "somebody uploads it"
    limit = settings.get_int("ORDERLOOM_FILE_KB")
    if not command.data:
        raise FileEmpty(name=plain_name(command.name))
    if len(command.data) > limit * 1024:
        raise FileTooLarge(name=plain_name(command.name), limit=limit)
    media_type = media_type_of(command.data)
    if command.only_images and media_type not in IMAGES:
        raise FileNotAnImage(name=plain_name(command.name))
    used = work.scalar(
        "SELECT coalesce(sum(size), 0) FROM field_files WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id}
    )
    if int(used) + len(command.data) > settings.get_int("ORDERLOOM_FILES_MB") * 1024 * 1024:
        raise FilesFull(limit=settings.get_int("ORDERLOOM_FILES_MB"))
    file_id = new_id()
    work.execute(
        _INSERT,
        {
            "tenant": work.tenant_id, "id": file_id, "name": plain_name(command.name), "media_type": media_type,
            "size": len(command.data), "data": command.data, "actor": work.actor.id, "now": work.now,
            "entity": command.entity,
        },
    )  # fmt: skip
    return file_id


def plain_name(name: str) -> str:
    """The file's name alone: no path, no control or direction characters, at most 150 characters.

    >>> plain_name("C:\\\\fakepath\\\\a<b>.pdf"), plain_name("../../etc/passwd"), plain_name("..")
    ('ab.pdf', 'passwd', 'file')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = _CONTROL.sub("", unicodedata.normalize("NFC", last)).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    return (f"{stem[:130]}{dot}{ending[:19]}" if dot else plain[:150]) or "file"
