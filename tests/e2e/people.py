"""People at their browsers: one context each, and nothing in the console that ought not to be there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from web.demo.wholesaler import PASSWORD, SLUG

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# A refused form is answered with 422, and the browser reports that as an error of the page's.
_EXPECTED = re.compile(r"Failed to load resource: the server responded with a status of 422")


@dataclass
class People:
    """Opens browsers, and remembers what their consoles said."""

    browser: Browser
    port: int
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def visitor(self, *, host: str = f"{SLUG}.localhost", **options: Any) -> Page:
        """A browser without a session. options: as Playwright's `new_context` takes them"""
        context = self.browser.new_context(
            **{"viewport": DESKTOP, "locale": "en", "base_url": f"http://{host}:{self.port}", **options}
        )
        context.set_default_timeout(10_000)
        context.on("console", lambda said: self._hear(said.text) if said.type == "error" else None)
        context.on("weberror", lambda thrown: self._hear(str(thrown.error)))
        context.on("response", self._watch)
        self.contexts.append(context)
        return context.new_page()

    def sign_in(self, email: str, **options: Any) -> Page:
        """Through the form, as everybody does."""
        page = self.visitor(**options)
        page.goto("/sign-in")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
        return page

    def unheard(self, page: Page) -> Page:
        """The same person in a browser whose complaints do not matter: to try what may be refused."""
        own = self.browser.new_context(storage_state=page.context.storage_state(), base_url=page.url)
        self.contexts.append(own)
        return own.new_page()

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def _hear(self, text: str) -> None:
        if not _EXPECTED.search(text):
            self.complaints.append(text)

    def _watch(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")


def row_of(page: Page, text: str) -> Any:
    """The only row of a table that says `text`."""
    return page.get_by_role("row").filter(has_text=text)
