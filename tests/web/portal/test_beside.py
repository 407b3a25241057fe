"""Notes and files between a buyer and his supplier: each sees what is meant for him, and nobody else's."""

from __future__ import annotations

import io
from collections.abc import Callable

from sqlalchemy import Engine

from kernel.db import Actor
from kernel.ids import from_text, new_id, to_text
from oms.intake.attachments import AttachFile, attach_file
from oms.intake.notes import AddNote, add_note
from tenants.scope import open_work
from tests.support.portal import Shop
from tests.support.portal_pages import add
from tests.support.web import Browser, Person

Enter = Callable[[Shop, Person], Browser]


def _order(li: Browser) -> str:
    """The page of an order that Li placed."""
    add(li, "TEA", "1")
    sent = li.post("/portal/cart/submit", {"_once": str(new_id()), "order_type": "standard"})
    assert "/portal/orders/" in sent.location, sent.text
    return sent.location


def test_a_buyer_writes_and_reads_what_is_meant_for_him(engine: Engine, shop: Shop, enter: Enter) -> None:
    li, kim = enter(shop, shop.li), enter(shop, shop.kim)
    page = _order(li)
    order_id = from_text("ord", page.rsplit("/", 1)[-1])
    assert order_id
    staff = Actor(kind="staff", id=shop.company.admin.id, name="Ann")
    with open_work(engine, shop.company.id, staff) as work:
        add_note(work, AddNote(order_id=order_id, body="Margin is thin here"))
        add_note(work, AddNote(order_id=order_id, body="We pack it on Friday", for_buyer=True))
        secret = attach_file(work, AttachFile(order_id=order_id, name="costs.txt", data=b"12"))
        attach_file(work, AttachFile(order_id=order_id, name="drawing.txt", data=b"a circle", for_buyer=True))

    once = str(new_id())
    for _again in range(2):  # sent twice, kept once
        sent = li.post(f"{page}/notes", {"_once": once, "note": "Ring the bell twice"})
        assert sent.status_code == 303
    file = {"_once": str(new_id()), "file": (io.BytesIO(b"our order 7"), "ours.txt")}
    assert li.post(f"{page}/files", file).status_code == 303

    text = li.get(page).text
    assert text.count("Ring the bell twice") == 1 and "We pack it on Friday" in text and "Margin" not in text
    assert "drawing.txt" in text and "ours.txt" in text and "costs.txt" not in text
    link = next(part.split('"')[0] for part in text.split('href="')[1:] if "/files/att_" in part.split('"')[0])
    opened = li.get(link)
    assert opened.data == b"a circle" and opened.headers["Content-Disposition"].startswith("attachment")

    assert li.get(f"{page}/files/{to_text('att', secret)}").status_code == 404
    assert kim.get(link).status_code == 404
    assert kim.post(f"{page}/notes", {"_once": str(new_id()), "note": "Mine?"}).status_code == 404


def test_an_empty_note_and_a_file_of_an_unknown_kind_are_refused_beside_the_form(shop: Shop, enter: Enter) -> None:
    li = enter(shop, shop.li)
    page = _order(li)
    empty = li.post(f"{page}/notes", {"_once": str(new_id()), "note": "  "})
    assert empty.status_code == 422 and "Write to your supplier" in empty.text
    none = li.post(f"{page}/files", {"_once": str(new_id())})
    assert none.status_code == 422 and "Attach a file" in none.text
