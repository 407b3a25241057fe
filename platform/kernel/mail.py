"""Mail leaves through one port. ORDERLOOM_MAIL chooses the adapter: `console` or an SMTP address."""

from __future__ import annotations

import smtplib
import ssl
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from typing import Protocol
from urllib.parse import unquote, urlsplit

import structlog

_TIMEOUT_SECONDS = 20
_TRIES = 3
_PAUSE_SECONDS = 5.0
log = structlog.get_logger("mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message to one person, as plain text.

    to       address; name: as shown beside it
    subject  one line
    """

    to: str
    subject: str
    text: str
    name: str = ""


class Mailer(Protocol):
    """Sends, or accepts for sending. Never raises for a mail that cannot be delivered: that is logged."""

    def send(self, mail: Mail) -> None: ...


class ConsoleMailer:
    """Prints mails; for development and the demo."""

    def send(self, mail: Mail) -> None:
        print(f"--- mail to {mail.to}\n{mail.subject}\n\n{mail.text}\n---", file=sys.stderr, flush=True)


class SmtpMailer:
    """Sends through a mail server, behind the request: how long the server takes tells nobody whether the
    address was known. Three tries; a mail that still fails is logged.

    url     smtp://user:password@host:587 (STARTTLS where offered) or smtps://…:465
    sender  "Name <address>"
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        assert parts.scheme in {"smtp", "smtps"} and parts.hostname
        self._secure = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._secure else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
        self._closing = threading.Event()

    def send(self, mail: Mail) -> None:
        self._background.submit(self._deliver, mail)

    def close(self) -> None:
        """Waits for what is under way and gives up what would have to be tried again."""
        self._closing.set()
        self._background.shutdown(wait=True)

    def _deliver(self, mail: Mail) -> None:
        message = as_message(mail, self._sender)
        for attempt in range(1, _TRIES + 1):
            try:
                self._transmit(message)
                return
            except (OSError, smtplib.SMTPException) as error:
                log.warning("mail_not_sent", to=mail.to, subject=mail.subject, attempt=attempt, reason=str(error))
            if self._closing.wait(_PAUSE_SECONDS):
                return

    def _transmit(self, message: EmailMessage) -> None:
        context = ssl.create_default_context()
        connect: Callable[[], smtplib.SMTP] = (
            (lambda: smtplib.SMTP_SSL(self._host, self._port, timeout=_TIMEOUT_SECONDS, context=context))
            if self._secure
            else (lambda: smtplib.SMTP(self._host, self._port, timeout=_TIMEOUT_SECONDS))
        )
        with connect() as server:
            server.ehlo()
            if not self._secure and server.has_extn("starttls"):
                server.starttls(context=context)
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)


def as_message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it goes over the wire. Line breaks in a header are refused by the library."""
    message = EmailMessage()
    sender_name, sender_address = parseaddr(sender)
    message["From"] = Address(sender_name, addr_spec=sender_address)
    message["To"] = Address(mail.name, addr_spec=mail.to)
    message["Subject"] = mail.subject
    message["Message-ID"] = make_msgid(domain=sender_address.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def mailer_for(url: str, sender: str) -> Mailer:
    """The adapter that the setting ORDERLOOM_MAIL names. raises ValueError for anything else"""
    if url == "console":
        return ConsoleMailer()
    if url.startswith(("smtp://", "smtps://")):
        return SmtpMailer(url, sender)
    raise ValueError("ORDERLOOM_MAIL is `console` or an address such as smtp://user:password@host:587")
