"""Two versions of a document side by side: what each changed, and which side holds where both changed a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import request

from kernel.db import Work
from kernel.i18n import current_locale
from low_code.documents.compiled import configuration
from low_code.documents.describe_merge import ShownConflict, change_sentences, shown_conflicts
from low_code.documents.merge import ABSENT, Side
from low_code.documents.merge_draft import MergeDraft, Versions
from low_code.registry import Configuration, Kind, installed
from web.builder.judge import documents_with
from web.builder.text import document_text

_MOST_CHOICES = 500


@dataclass(slots=True, kw_only=True)
class MergeShown:
    """mine, theirs  what each changed, a sentence each
    conflicts  where both changed a place; chosen: path -> side
    together   lists where both put new things at one place
    text       both together, as it would be saved now
    known      False: what both began with is not known any more, so every difference is asked about
    """

    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    conflicts: list[ShownConflict]
    chosen: Mapping[str, Side]
    together: tuple[str, ...]
    text: str
    known: bool


def sent_choices() -> dict[str, Side]:
    """Path of a conflict -> whose side holds, from the form's pairs `place-0` and `side-0`."""
    choices: dict[str, Side] = {}
    for number in range(_MOST_CHOICES):
        place = request.form.get(f"place-{number}")
        if place is None:
            break
        side = request.form.get(f"side-{number}")
        if side in {"mine", "theirs"}:
            choices[place] = cast(Side, side)
    return choices


def merge_command(kind: str, key: str, body: Any, *, etag: str | None) -> MergeDraft:
    """What the editor's form asks to merge. etag: of the draft that is there now"""
    return MergeDraft(
        kind=kind,
        key=key,
        body=body,
        began_with=request.form.get("etag") or None,
        began_on=request.form.get("began_on") or None,
        etag=etag,
        choices=sent_choices(),
    )


def shown_merge(work: Work, kind: Kind, key: str, versions: Versions, choices: Mapping[str, Side]) -> MergeShown | None:
    """None where one side has no document: then one of the two holds as a whole."""
    if versions.merged is None:
        return None
    around = Configuration(installed(), documents_with(work, configuration(work), {}))
    base, locale = versions.base, current_locale()
    return MergeShown(
        mine=change_sentences(base, versions.mine, kind, key, around, locale),
        theirs=change_sentences(base, versions.theirs, kind, key, around, locale),
        conflicts=shown_conflicts(versions, kind, key, around, locale),
        chosen=choices,
        together=versions.merged.together,
        text=document_text(kind.schema, versions.merged.body),
        known=base is not ABSENT,
    )
