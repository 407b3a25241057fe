"""A company's configuration on another installation, through its API."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import click

from kernel.db import json as exact_json
from low_code.documents.bundles import ImportBundle
from web.commands.configuration import IN_FORCE, WAITS

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """url: of the installation or of the company's host; key: an API key that may see, edit and publish"""

    url: str
    key: str = field(repr=False)

    def export(self, only: Sequence[str]) -> tuple[int, dict[str, Any]]:
        query = f"?{urllib.parse.urlencode({'documents': ','.join(only)})}" if only else ""
        _, answer = self._ask("GET", f"/{query}")
        return answer["release"], answer["documents"]

    def compare(self, bundle: ImportBundle) -> list[str]:
        _, answer = self._ask("POST", "/comparisons", self._body(bundle))
        return [
            f"{one['kind']}/{one['key']}: {said}"
            for one in answer["changes"]
            for said in [change["sentence"] for change in one["changes"]] or [one["status"]]
        ]

    def put(self, bundle: ImportBundle) -> tuple[int, int, int]:
        made = self._put(bundle)
        return len(made["drafted"]), len(made["removed"]), len(made["unchanged"])

    def _put(self, bundle: ImportBundle) -> Any:
        return self._ask("POST", "/drafts", {**self._body(bundle), "replace": bundle.replace})[1]

    def publish(self, bundle: ImportBundle, notes: str) -> tuple[str, int]:
        """Two requests: should the second be refused, the drafts are there to be mended or thrown away."""
        base, _ = self.export(())
        made = self._put(bundle)
        only = [*made["drafted"], *made["removed"]]
        if not only:
            return "nothing is different from what is in force", IN_FORCE
        wanted = {"base": base, "notes": notes, "accept_warnings": True, "documents": only}
        status, answer = self._ask("POST", "/releases", wanted)
        if status == http.client.ACCEPTED:
            return "proposed: a second person has to agree", WAITS
        return f"release {answer['number']} is in force", IN_FORCE

    @staticmethod
    def _body(bundle: ImportBundle) -> dict[str, Any]:
        mapping = {of: dict(names) for of, names in bundle.mapping.items()}
        return {"documents": dict(bundle.documents), "prune": bundle.prune, "mapping": mapping}

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """raises ClickException with every problem that the other side names"""
        address = f"{self.url.rstrip('/')}/api/v1/configuration{path}"
        if not address.startswith(("https://", "http://")):
            raise click.ClickException(f"{self.url} is no address")
        request = urllib.request.Request(  # noqa: S310  (checked above)
            address,
            method=method,
            data=None if body is None else exact_json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}", "Content-Type": "application/json",
                "Idempotency-Key": uuid4().hex, "Accept": "application/json",
            },
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return answer.status, exact_json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise click.ClickException(_said(error)) from None
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise click.ClickException(f"{self.url} cannot be reached: {error}") from None


def _said(error: urllib.error.HTTPError) -> str:
    try:
        problem = exact_json.loads(error.read())
        lines = [problem.get("detail") or problem["title"]]
        lines += [
            f"  {each.get('pointer', '')}: {each.get('detail', each.get('code', ''))}"
            for each in problem.get("errors", ())
        ]
        return "\n".join(lines)
    except (ValueError, KeyError, AttributeError):
        return f"{error.code} {error.reason}"
