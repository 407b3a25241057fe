"""Writes a release and moves the head. Used by publishing and by rolling back."""

from __future__ import annotations

from dataclasses import replace

from kernel.db import Work
from kernel.db import json as exact_json
from kernel.ids import new_id
from low_code.documents.audit import record_change
from low_code.documents.compiled import keep_uncommitted
from low_code.documents.queries import Release, read_manifest
from low_code.documents.validate_drafts import Validation
from low_code.registry import Configuration
from low_code.registry.checking import all_references


def lock_head(work: Work) -> int:
    """The number of the release in force; nobody else publishes or saves drafts until this unit of work ends."""
    head = work.scalar(
        "SELECT head_release FROM tenants WHERE id = %(tenant)s FOR NO KEY UPDATE", {"tenant": work.tenant_id}
    )
    work.tenant = replace(work.tenant, head_release=head)
    return int(head)


def write_release(
    work: Work, validation: Validation, *, notes: str, restores: int | None = None, approved_by: str | None = None
) -> Release:
    """The release after the head, which the caller has locked: documents, manifest, references, event, audit."""
    release = Release(
        number=_next_number(work),
        parent=validation.base or None,
        restores=restores,
        manifest=dict(validation.manifest),
        notes=notes,
        checks={
            "documents": len(validation.documents),
            "warnings": validation.to_json("en")["problems"],
            **({"approved_by": approved_by} if approved_by else {}),
        },
        author_id=work.actor.id,
        author_name=work.actor.name,
        created_at=work.now,
    )
    before = read_manifest(work, validation.base)
    keep_documents(work, validation)
    _insert_release(work, release)
    _replace_references(work, validation.would_be)
    _move_head(work, release, validation)
    for name in validation.changed:
        kind, _, key = name.partition("/")
        changes = {"document": [before.get(name), release.manifest.get(name)], "release": [None, release.number]}
        record_change(work, "config.publish", kind, key, changes)
    return release


def _next_number(work: Work) -> int:
    number = work.scalar(
        "SELECT coalesce(max(number), 0) + 1 FROM config_releases WHERE tenant_id = %(tenant)s",
        {"tenant": work.tenant_id},
    )
    return int(number)


def keep_documents(work: Work, validation: Validation) -> None:
    """Stores the content of what would change; what is there already stays as it is."""
    work.execute_many(
        "INSERT INTO config_documents (tenant_id, hash, body) VALUES (%(tenant)s, %(hash)s, %(body)s::jsonb)"
        " ON CONFLICT DO NOTHING",
        [
            {
                "tenant": work.tenant_id,
                "hash": validation.manifest[name],
                "body": exact_json.dumps(validation.documents[name]),
            }
            for name in validation.changed
            if name in validation.manifest
        ],
    )


def _insert_release(work: Work, release: Release) -> None:
    work.execute(
        "INSERT INTO config_releases (tenant_id, number, parent, restores, manifest, notes, checks, author_id,"
        " author_name, created_at) VALUES (%(tenant)s, %(number)s, %(parent)s, %(restores)s, %(manifest)s::jsonb,"
        " %(notes)s, %(checks)s::jsonb, %(author_id)s, %(author_name)s, %(now)s)",
        {
            "tenant": work.tenant_id,
            "number": release.number,
            "parent": release.parent,
            "restores": release.restores,
            "manifest": exact_json.dumps(release.manifest),
            "notes": release.notes,
            "checks": exact_json.dumps(release.checks),
            "author_id": release.author_id,
            "author_name": release.author_name,
            "now": work.now,
        },
    )


def _replace_references(work: Work, published: Configuration) -> None:
    work.execute("DELETE FROM config_references WHERE tenant_id = %(tenant)s", {"tenant": work.tenant_id})
    work.execute_many(
        "INSERT INTO config_references (tenant_id, from_kind, from_key, pointer, to_kind, to_key, to_member)"
        " VALUES (%(tenant)s, %(from_kind)s, %(from_key)s, %(pointer)s, %(to_kind)s, %(to_key)s, %(to_member)s)",
        [
            {
                "tenant": work.tenant_id,
                "from_kind": found.from_kind,
                "from_key": found.from_key,
                "pointer": found.pointer,
                "to_kind": found.to_kind,
                "to_key": found.to_key,
                "to_member": found.to_member,
            }
            for found in all_references(published)
        ],
    )


def _move_head(work: Work, release: Release, validation: Validation) -> None:
    moved = work.execute(
        "UPDATE tenants SET head_release = %(number)s WHERE id = %(tenant)s AND head_release = %(base)s",
        {"tenant": work.tenant_id, "number": release.number, "base": validation.base},
    )
    assert moved == 1, "the head was locked"
    work.tenant = replace(work.tenant, head_release=release.number)
    would_be = validation.would_be
    published = Configuration(would_be.registry, would_be.documents, hashes=release.manifest, release=release.number)
    keep_uncommitted(work, published)
    payload = {"release": release.number, "parent": release.parent, "changed": list(validation.changed)}
    work.execute(
        "INSERT INTO outbox_messages (tenant_id, id, topic, payload)"
        " VALUES (%(tenant)s, %(id)s, 'config.published', %(payload)s::jsonb)",
        {"tenant": work.tenant_id, "id": new_id(), "payload": exact_json.dumps(payload)},
    )
