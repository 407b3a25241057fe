"""Builders: only what matters to a test is spelled out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from kernel.ids import new_id
from oms.allocation.policy import AllocationPolicy
from oms.allocation.rule import RankedStrategy, SourcingRule
from oms.catalog.models import Product, Sku, SkuUnit
from oms.credit.models import CreditAccount
from oms.customers.models import Customer, CustomerAddress, CustomerGroup
from oms.inventory.models import Location, StockPosition
from oms.placement.policy import NumberingPolicy, OrderPolicy
from oms.pricing.amounts import Rounding
from oms.pricing.models import ExchangeRate, PriceList, PriceListEntry, PriceListTarget, TaxRate

ADDRESS = {"recipient": "Ann", "street": "1 Main St", "city": "Hamburg", "postal_code": "20095", "country": "DE"}


def a_sku(
    work: Work, code: str = "TEA-250", *, price: str | None = "10.00", tax_rate: str = "0.19", units: dict[str, str] | None = None,
    minimum: str = "0", multiple: str = "1", active: bool = True, category: str = "",
) -> UUID:  # fmt: skip
    """A product with one SKU, its tax rate, and a price of the base list unless `price` is None."""
    session, tenant = work.session, work.tenant_id
    product = Product(
        tenant_id=tenant, id=new_id(), code=code, name=code.title(), category=category, tax_class=f"vat-{tax_rate}"
    )
    session.add(product)
    session.flush()
    sku = Sku(
        tenant_id=tenant, id=new_id(), product_id=product.id, code=code, name=code.title(), active=active,
        order_minimum=Decimal(minimum), order_multiple=Decimal(multiple), search_text=code.lower(),
    )  # fmt: skip
    session.add(sku)
    session.flush()
    for unit, factor in (units or {}).items():
        session.add(SkuUnit(tenant_id=tenant, sku_id=sku.id, unit=unit, factor=Decimal(factor)))
    rate = {"tenant": tenant, "tax_class": product.tax_class}
    if not work.row("SELECT 1 FROM tax_rates WHERE tenant_id = %(tenant)s AND tax_class = %(tax_class)s", rate):
        session.add(TaxRate(tenant_id=tenant, tax_class=product.tax_class, country="", rate=Decimal(tax_rate)))
    if price is not None:
        a_price(work, code, price)
    session.flush()
    return sku.id


def a_price(
    work: Work, code: str, price: str, *, list_key: str = "base", scope: str = "base", from_quantity: str = "0",
    customer: UUID | None = None, group: UUID | None = None, channel: str | None = None, priority: int = 0,
    currency: str | None = None, valid_from: date | None = None, valid_to: date | None = None,
    country: str | None = None, region: str | None = None, unit: str | None = None, floor: str | None = None,
) -> UUID:  # fmt: skip
    """A tier in a price list, which is made if it is not there yet. Returns the list's id."""
    session, tenant = work.session, work.tenant_id
    price_list = session.query(PriceList).filter_by(tenant_id=tenant, key=list_key).one_or_none()
    if price_list is None:
        price_list = PriceList(
            tenant_id=tenant, id=new_id(), key=list_key, names={"en": list_key}, scope=scope, priority=priority,
            currency=currency or work.tenant.currency, valid_from=valid_from, valid_to=valid_to,
        )  # fmt: skip
        session.add(price_list)
        session.flush()
        if customer or group or channel or country:
            session.add(
                PriceListTarget(
                    tenant_id=tenant, price_list_id=price_list.id, customer_id=customer, group_id=group,
                    channel=channel, country=country, region=region,
                )
            )  # fmt: skip
    session.add(
        PriceListEntry(
            tenant_id=tenant,
            price_list_id=price_list.id,
            sku_id=sku_id(work, code),
            min_quantity=Decimal(from_quantity),
            unit_price=Decimal(price),
            unit=unit,
            floor_price=None if floor is None else Decimal(floor),
        )  # fmt: skip
    )
    session.flush()
    return price_list.id


def a_rate(work: Work, source: str, target: str, rate: str, *, valid_from: date = date(2020, 1, 1)) -> None:
    work.session.add(
        ExchangeRate(
            tenant_id=work.tenant_id, from_currency=source, to_currency=target, valid_from=valid_from,
            rate=Decimal(rate),
        )
    )  # fmt: skip
    work.session.flush()


def sku_id(work: Work, code: str) -> UUID:
    found = work.scalar(
        "SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = %(code)s", {"tenant": work.tenant_id, "code": code}
    )
    assert isinstance(found, UUID)
    return found


def a_group(work: Work, key: str = "gold") -> UUID:
    group = CustomerGroup(tenant_id=work.tenant_id, id=new_id(), key=key, names={"en": key.title()})
    work.session.add(group)
    work.session.flush()
    return group.id


def a_customer(
    work: Work, number: str = "C-1", *, limit: str | None = None, currency: str | None = None, group: UUID | None = None,
    address: dict[str, Any] | None = None, account: UUID | None = None, email: str = "buyer@example.com",
) -> UUID:  # fmt: skip
    """A company with a default address; `limit` also gives it a credit account."""
    session, tenant = work.session, work.tenant_id
    if limit is not None:
        account = a_credit_account(work, f"CA-{number}", limit=limit, currency=currency)
    customer = Customer(
        tenant_id=tenant, id=new_id(), number=number, name=f"Customer {number}", credit_account_id=account,
        group_id=group, email=email, search_text=number.lower(),
    )  # fmt: skip
    session.add(customer)
    session.flush()
    session.add(
        CustomerAddress(
            tenant_id=tenant,
            customer_id=customer.id,
            is_default_shipping=True,
            is_default_billing=True,
            **(address or ADDRESS),
        )  # fmt: skip
    )
    session.flush()
    return customer.id


def a_credit_account(work: Work, number: str = "CA-1", *, limit: str = "1000", currency: str | None = None) -> UUID:
    account = CreditAccount(
        tenant_id=work.tenant_id, id=new_id(), number=number, name=number,
        currency=currency or work.tenant.currency, credit_limit=Decimal(limit),
    )  # fmt: skip
    work.session.add(account)
    work.session.flush()
    return account.id


def a_location(work: Work, key: str, *, priority: int = 100, kind: str = "warehouse", **columns: Any) -> UUID:
    location = Location(
        tenant_id=work.tenant_id,
        id=new_id(),
        key=key,
        names={"en": key.upper()},
        priority=priority,
        kind=kind,
        **columns,
    )
    work.session.add(location)
    work.session.flush()
    return location.id


def stock(work: Work, code: str, *, at: UUID, on_hand: str, safety: str = "0") -> None:
    work.session.add(
        StockPosition(
            tenant_id=work.tenant_id,
            sku_id=sku_id(work, code),
            location_id=at,
            on_hand=Decimal(on_hand),
            safety_stock=Decimal(safety),
        )  # fmt: skip
    )
    work.session.flush()


def an_allocation_policy(
    *strategies: str, allow_split: bool = True, whole_lines: bool = False, on_short: str = "backorder"
) -> AllocationPolicy:
    ranked = tuple(RankedStrategy(name) for name in strategies or ("fewest_splits", "priority"))
    rule = SourcingRule(strategies=ranked, allow_split=allow_split, whole_lines=whole_lines)
    return AllocationPolicy(source="allocation_rule/test", rule=rule, on_short=on_short)  # type: ignore[arg-type]


def a_policy(**changes: Any) -> OrderPolicy:
    """An order type made by hand: prices from lists, tax on top, credit held, allocated at once."""
    values: dict[str, Any] = {
        "key": "standard",
        "release": 1,
        "names": {"en": "Standard"},
        "channels": frozenset({"test", "web", "file", "portal", "api", "console"}),
        "price_source": "lists",
        "credit": "hold",
        "prices_include_tax": False,
        "rounding": Rounding(),
        "auto_allocate": True,
        "approval_flows": (),
        "numbering": NumberingPolicy(
            key="orders",
            gapless=False,
            period_of=lambda day: str(day.year),
            render=lambda day, number: f"SO-{number:06d}",
        ),
        "allocation": an_allocation_policy(),
    }
    return OrderPolicy(**{**values, **changes})


def names_of(problems: Sequence[Any]) -> list[tuple[str, str]]:
    """(pointer, code) of each problem."""
    return [(problem.pointer, problem.code) for problem in problems]
