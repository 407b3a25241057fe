"""The navigation, declared by the pages themselves.

A module of `web.pages` (or `web.<package>`) declares its entries, and the layouts show those that who asks may use:

    NAVIGATION = (
        NavEntry(N_("Orders"), "clipboard-list", "orders.index", Permission.VIEW_ORDERS, order=10),
    )
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flask import Flask, current_app, request, url_for

from kernel.i18n import N_, _
from tenants.access.permissions import Permission
from web.http.principals import Principal, current_principal

Area = Literal["console", "portal"]
# The console's groups, in the order of the side bar. An entry of another group stands behind them.
WORK, MASTER_DATA, INSIGHT, CONFIGURATION, SETTINGS = (
    N_("Work"),
    N_("Master data"),
    N_("Insight"),
    N_("Configuration"),
    N_("Settings"),
)
_GROUPS = ("", WORK, MASTER_DATA, INSIGHT, CONFIGURATION, SETTINGS)
_KEY = "orderloom.navigation"


@dataclass(frozen=True, slots=True)
class NavEntry:
    """label       English sentence, marked with N_
    icon        name in the sprite (web/static/vendor/tabler-icons.svg)
    endpoint    where it leads; it is current on all routes of the same blueprint
    permission  who sees it; None: everybody who is signed in
    order       within its group; the lowest of all that one may see is his first page
    group       heading in the console's side bar
    shortcut    letter behind `g`: "o" for `g o`
    """

    label: str
    icon: str
    endpoint: str
    permission: Permission | None
    order: int
    group: str = WORK
    area: Area = "console"
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class NavLink:
    label: str
    icon: str
    url: str
    current: bool
    shortcut: str


@dataclass(frozen=True, slots=True)
class NavGroup:
    label: str
    links: tuple[NavLink, ...]


def add_navigation(app: Flask, entries: Iterable[NavEntry]) -> None:
    app.extensions.setdefault(_KEY, []).extend(entries)


def navigation(area: Area) -> list[NavGroup]:
    """The groups of a layout with the entries that who asks may use."""
    shown = entries_for(current_principal(), area)
    names = sorted({entry.group for entry in shown}, key=_group_order)
    return [
        NavGroup(label=_(name) if name else "", links=tuple(_link(entry) for entry in shown if entry.group == name))
        for name in names
    ]


def entries_for(principal: Principal | None, area: Area) -> list[NavEntry]:
    """Sorted by group and order."""
    if principal is None:
        return []
    entries: list[NavEntry] = current_app.extensions.get(_KEY, [])
    allowed = [
        entry
        for entry in entries
        if entry.area == area and (entry.permission is None or principal.may(entry.permission))
    ]
    return sorted(allowed, key=lambda entry: (_group_order(entry.group), entry.order, entry.label))


def first_page(principal: Principal) -> str:
    """Where signing in leads: the first page that one may see, or his own profile."""
    areas: tuple[Area, ...] = ("portal", "console") if principal.kind == "portal" else ("console", "portal")
    for area in areas:
        for entry in entries_for(principal, area):
            return url_for(entry.endpoint)
    return url_for("profile.show")


def _group_order(group: str) -> tuple[int, str]:
    return (_GROUPS.index(group) if group in _GROUPS else len(_GROUPS), group)


def _link(entry: NavEntry) -> NavLink:
    return NavLink(
        label=_(entry.label),
        icon=entry.icon,
        url=url_for(entry.endpoint),
        current=request.blueprint == entry.endpoint.rpartition(".")[0],
        shortcut=entry.shortcut,
    )
