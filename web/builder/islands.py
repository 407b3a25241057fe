"""Islands of React on a page: what their build wrote, with the nonce that lets it run.

`{{ island("json-editor") }}` in the head. Where nothing was built it says nothing, and the page stays as the server
wrote it: an island only ever adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from web.http.headers import csp_nonce
from web.http.static_files import FOLDER, asset

_SCRIPT = Markup('<script type="module" nonce="{nonce}" src="{url}"></script>')
_STYLE = Markup('<link rel="stylesheet" nonce="{nonce}" href="{url}">')


def island(name: str) -> Markup:
    """The tags of an island; "" where it was not built."""
    manifest = built(FOLDER / "dist" / "manifest.json")
    entry = manifest.get(f"{name}/main.tsx")
    if entry is None:
        return Markup("")
    nonce = csp_nonce()
    tags = [_STYLE.format(nonce=nonce, url=asset(f"dist/{file}")) for file in entry.get("css", ())]
    tags.append(_SCRIPT.format(nonce=nonce, url=asset(f"dist/{entry['file']}")))
    return Markup("\n").join(tags)


@cache
def built(path: Path) -> Mapping[str, Any]:
    """Vite's manifest: entry -> its files. Read once, like the files that are served: a build wants a restart."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
