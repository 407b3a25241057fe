from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, g

from kernel.db import TenantFacts
from kernel.i18n import speaking
from kernel.ids import new_id
from kernel.mail import ConsoleMailer, Mail, SmtpMailer, as_message, mailer_for
from web.http import formats

SHANGHAI = TenantFacts(
    id=new_id(), slug="t", name="T", zone="Asia/Shanghai", currency="CNY", locale="zh-CN", head_release=0
)


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("en", "1234.5", "USD", "$1,234.50"),
        ("en", "1234.5", "CNY", "CNY 1,234.50"),
        ("zh-CN", "1234.5", "CNY", "¥1,234.50"),
        ("en", "1234", "JPY", "JPY 1,234"),
        ("en", "-3", "EUR", "-€3.00"),
        ("zh-CN", "1.5", "KWD", "KWD1.500"),
    ],
)
def test_money_is_written_as_its_readers_write_it(locale: str, amount: str, currency: str, written: str) -> None:
    with speaking(locale):
        assert formats.money(Decimal(amount), currency).replace("\xa0", " ") == written


def test_a_unit_price_keeps_its_decimals() -> None:
    assert formats.unit_price(Decimal("0.12345"), "EUR").replace("\xa0", " ") == "€0.12345"
    assert formats.unit_price(Decimal("5"), "EUR").replace("\xa0", " ") == "€5.00"


def test_a_quantity_has_no_idle_zeros() -> None:
    assert formats.quantity(Decimal("12.0000")) == "12"
    assert formats.quantity(Decimal("1234.5"), "kg") == "1,234.5 kg"
    assert formats.quantity(None) == formats.EMPTY


def test_instants_stand_in_the_zone_of_the_tenant(app: Flask) -> None:
    late = datetime(2026, 11, 22, 18, 5, tzinfo=UTC)
    with app.test_request_context("/"):
        g.tenant = SHANGHAI
        with speaking("en"):
            assert formats.instant(late, "short") == "23/11/2026, 02:05"
            assert formats.day(late) == "23 Nov 2026"
        with speaking("zh-CN"):
            assert formats.day(late) == "2026年11月23日"
            assert formats.day(date(2026, 1, 2)) == "2026年1月2日"


def test_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|Header"):
        as_message(Mail(to="a@b.example", subject="x\r\nBcc: all@b.example", text=""), "Orderloom <no@b.example>")


def test_the_setting_chooses_the_adapter() -> None:
    assert isinstance(mailer_for("console", ""), ConsoleMailer)
    with pytest.raises(ValueError, match="ORDERLOOM_MAIL"):
        mailer_for("pigeon", "")


class _Postbox(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    received: list[str]


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        lines: list[str] = []
        in_data = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if in_data:
                if line == ".":
                    in_data = False
                    assert isinstance(self.server, _Postbox)
                    self.server.received.append("\n".join(lines))
                    self.wfile.write(b"250 kept\r\n")
                lines.append(line)
            elif line.upper() == "DATA":
                in_data = True
                self.wfile.write(b"354 go on\r\n")
            elif line.upper() == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 fine\r\n")


@pytest.fixture
def postbox() -> Iterator[_Postbox]:
    with _Postbox(("127.0.0.1", 0), _Conversation) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_smtp_delivers_behind_the_request(postbox: _Postbox) -> None:
    mailer = mailer_for(f"smtp://127.0.0.1:{postbox.server_address[1]}", "Orderloom <no-reply@b.example>")
    assert isinstance(mailer, SmtpMailer)

    mailer.send(Mail(to="li@b.example", name="Li", subject="你好", text="Hello\n"))
    mailer.close()

    assert len(postbox.received) == 1
    assert "To: Li <li@b.example>" in postbox.received[0] and "Hello" in postbox.received[0]


def test_a_mail_that_cannot_be_sent_is_logged_and_holds_nobody_up() -> None:
    mailer = SmtpMailer("smtp://127.0.0.1:1", "Orderloom <no-reply@b.example>")

    mailer.send(Mail(to="li@b.example", subject="x", text=""))
    mailer.close()
