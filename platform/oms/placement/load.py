"""Reads everything that placing an order decides on in one statement, the credit account with its lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from kernel.db import Work
from oms.credit.account_sql import CHAIN, COLUMNS
from oms.credit.position import CreditPosition, position_from_rows
from oms.placement.commands import PlaceOrder
from oms.placement.policy import OrderPolicy
from oms.pricing.base_price import BASE_PRICE, FLOOR_PRICE
from oms.pricing.plan import PriceCandidate

# Order of the work: the customer by its key, where goods go to, the few price lists meant for both, then one row per
# wanted SKU with its packaging unit, tax rate and the tiers of those lists. Everything is found by an index that leads
# with the tenant.
_LOAD = """
WITH RECURSIVE buyer AS (
  SELECT c.*, g.key AS group_key FROM customers c
  LEFT JOIN customer_groups g ON g.tenant_id = c.tenant_id AND g.id = c.group_id
  WHERE c.tenant_id = %(tenant)s
    AND {buyer} {share}
), {account}ship AS (
  SELECT a.* FROM customer_addresses a, buyer b
  WHERE a.tenant_id = %(tenant)s AND a.customer_id = b.id
    AND (a.id = %(address_id)s::uuid OR (%(address_id)s::uuid IS NULL AND a.is_default_shipping))
  ORDER BY a.id LIMIT 1
), place AS (
  SELECT coalesce(%(country)s::text, (SELECT country FROM ship), '') AS country,
    lower(coalesce(CASE WHEN %(country)s::text IS NULL THEN (SELECT region FROM ship) ELSE %(region)s::text END, ''))
      AS region
), lists AS MATERIALIZED (
  SELECT l.id, l.key, l.scope, l.priority, l.currency, r.rate FROM price_lists l
  LEFT JOIN LATERAL (SELECT x.rate FROM exchange_rates x
    WHERE x.tenant_id = %(tenant)s AND x.from_currency = l.currency AND x.to_currency = %(currency)s
      AND x.valid_from <= %(today)s ORDER BY x.valid_from DESC LIMIT 1) r ON l.currency <> %(currency)s
  WHERE l.tenant_id = %(tenant)s AND l.active AND %(priced)s
    AND (l.currency = %(currency)s OR (%(convert)s AND r.rate IS NOT NULL))
    AND (l.valid_from IS NULL OR l.valid_from <= %(today)s) AND (l.valid_to IS NULL OR l.valid_to > %(today)s)
    AND l.id = ANY(ARRAY(
      SELECT base.id FROM price_lists base WHERE base.tenant_id = %(tenant)s AND base.scope = 'base' AND base.active
      UNION ALL
      SELECT t.price_list_id FROM price_list_targets t, buyer b
      WHERE t.tenant_id = %(tenant)s AND t.customer_id = b.id
      UNION ALL
      SELECT t.price_list_id FROM price_list_targets t, buyer b
      WHERE t.tenant_id = %(tenant)s AND t.group_id = b.group_id
      UNION ALL
      SELECT t.price_list_id FROM price_list_targets t WHERE t.tenant_id = %(tenant)s AND t.channel = %(channel)s
      UNION ALL
      SELECT t.price_list_id FROM price_list_targets t, place p
      WHERE t.tenant_id = %(tenant)s AND t.country = p.country
        AND (t.region IS NULL OR lower(t.region) = p.region)))
), found AS (
  SELECT w.position, s.id, s.code, s.name, s.base_unit, s.order_minimum, s.order_multiple, s.weight_grams,
    s.active AND p.active AS active, p.tax_class, p.category, p.brand, p.code AS product, p.custom AS product_custom,
    CASE WHEN w.unit IS NULL OR w.unit = s.base_unit THEN 1 ELSE u.factor END AS factor,
    (SELECT t.rate FROM tax_rates t, place l
      WHERE t.tenant_id = %(tenant)s AND t.tax_class = p.tax_class AND t.valid_from <= %(today)s
        AND t.country IN (l.country, '') AND lower(t.region) IN (l.region, '')
      ORDER BY t.country DESC, t.region DESC, t.valid_from DESC LIMIT 1) AS tax_rate,
    (SELECT jsonb_agg(jsonb_build_array(l.id, l.key, l.scope, l.priority, e.min_quantity,
          {base_price}, nullif(e.unit, s.base_unit), e.unit_price, l.currency, l.rate, {floor_price}))
      -- OFFSET 0: one look into the index for each of the buyer's few lists, however many others price the SKU.
      FROM lists l CROSS JOIN LATERAL (SELECT x.min_quantity, x.unit, x.unit_price, x.floor_price
        FROM price_list_entries x
        WHERE x.tenant_id = %(tenant)s AND x.sku_id = s.id AND x.price_list_id = l.id OFFSET 0) e
      LEFT JOIN sku_units eu ON eu.tenant_id = %(tenant)s AND eu.sku_id = s.id AND eu.unit = e.unit
      WHERE e.unit IS NULL OR e.unit = s.base_unit OR eu.factor IS NOT NULL) AS tiers
  FROM unnest(%(skus)s::text[], %(units)s::text[]) WITH ORDINALITY AS w (sku, unit, position)
  JOIN skus s ON s.tenant_id = %(tenant)s AND s.code = w.sku
  JOIN products p ON p.tenant_id = %(tenant)s AND p.id = s.product_id
  LEFT JOIN sku_units u ON u.tenant_id = %(tenant)s AND u.sku_id = s.id AND u.unit = w.unit
)
SELECT (SELECT to_jsonb(b) - 'search_text' FROM buyer b) AS customer, {account_json} AS account,
  (SELECT to_jsonb(a) FROM ship a) AS ship_to,
  (SELECT to_jsonb(a) FROM customer_addresses a, buyer b
    WHERE a.tenant_id = %(tenant)s AND a.customer_id = b.id AND a.is_default_billing ORDER BY a.id LIMIT 1) AS bill_to,
  (SELECT jsonb_agg(to_jsonb(f)) FROM found f) AS skus,
  (SELECT o.id FROM orders o WHERE o.tenant_id = %(tenant)s AND o.channel = %(channel)s
    AND o.outside_number = %(outside_number)s) AS existing,
  (SELECT t.rate FROM tax_rates t, place l
    WHERE t.tenant_id = %(tenant)s AND t.tax_class = %(freight_class)s AND t.valid_from <= %(today)s
      AND t.country IN (l.country, '') AND lower(t.region) IN (l.region, '')
    ORDER BY t.country DESC, t.region DESC, t.valid_from DESC LIMIT 1) AS freight_tax_rate
"""

# Texts of their own instead of an OR: each is planned once, on its own index. The number of a customer that went up in
# another leads to that one.
_BUYER = {
    True: "c.id = %(customer_id)s",
    False: "c.id = (SELECT coalesce(n.merged_into, n.id) FROM customers n"
    " WHERE n.tenant_id = %(tenant)s AND n.number = %(customer_number)s)",
}
# Whoever merges the customer into another waits until the order stands, or the order sees that it is gone.
_SHARE = "FOR KEY SHARE OF c"
# The account comes with its lock where the order is about to be placed: credit is decided on what this brings, and no
# other order passes before this one is done. A quote reads it without.
# With it come the accounts above it, all locked in the order of their ids.
_ACCOUNT = f"""chain AS ({CHAIN.replace("{start}", "s.id = (SELECT credit_account_id FROM buyer)")}),
account AS MATERIALIZED (
  SELECT {COLUMNS} FROM credit_accounts a
  WHERE a.tenant_id = %(tenant)s AND a.id = ANY(ARRAY(SELECT id FROM chain)) ORDER BY a.id {{lock}}
), """


def _statement(*, by_id: bool, lock: bool) -> str:
    account = _ACCOUNT.replace("{lock}", "FOR NO KEY UPDATE OF a" if lock else "")
    text = _LOAD.replace("{buyer}", _BUYER[by_id]).replace("{account}", account)
    text = text.replace("{share}", _SHARE if lock else "")
    text = text.replace("{base_price}", BASE_PRICE).replace("{floor_price}", FLOOR_PRICE)
    return text.replace("{account_json}", "(SELECT jsonb_agg(to_jsonb(a)) FROM account a)")


_STATEMENTS = {(by_id, lock): _statement(by_id=by_id, lock=lock) for by_id in (True, False) for lock in (True, False)}

ADDRESS_FIELDS = (
    "recipient", "phone", "street", "city", "region", "postal_code", "country", "latitude", "longitude",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The customer as it stands when the order is placed."""

    id: UUID
    number: str
    name: str
    kind: str
    email: str
    group: str | None
    tags: tuple[str, ...]
    grade: str | None
    active: bool
    credit_account_id: UUID | None
    sales_rep_id: UUID | None
    payment_terms_days: int
    prepay_percent: Decimal | None
    ship_complete: bool
    custom: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSku:
    """A SKU that a line asked for, in the unit that it asked for.

    factor      base units in one unit asked for; None where the SKU has no such unit
    tax_rate    None where its class has no rate
    candidates  every tier of every list that may hold for this buyer
    """

    id: UUID
    code: str
    name: str
    base_unit: str
    order_minimum: Decimal
    order_multiple: Decimal
    active: bool
    tax_class: str
    tax_rate: Decimal | None
    category: str
    brand: str
    product: str
    product_custom: dict[str, Any]
    factor: Decimal | None
    candidates: tuple[PriceCandidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """account  of the buyer, locked where the order is about to be placed; None without one
    skus     one per requested line, None where there is no such SKU
    freight_tax_rate  None where no freight is charged or its class has no rate
    site_id  of the customer, whose address the goods go to
    """

    buyer: Buyer | None
    account: CreditPosition | None
    ship_to: dict[str, Any]
    bill_to: dict[str, Any]
    skus: tuple[FoundSku | None, ...]
    existing: UUID | None
    freight_tax_rate: Decimal | None = None
    site_id: UUID | None = None


def load_for_placement(
    work: Work, command: PlaceOrder, policy: OrderPolicy, *, currency: str, today: date, lock: bool
) -> Loaded:
    """policy  says whether lists are read and converted, and how freight is taxed
    lock    take the credit account's lock: the order is about to be placed
    """
    row = work.row(
        _STATEMENTS[command.customer_id is not None, lock],
        {
            "tenant": work.tenant_id,
            "customer_id": command.customer_id,
            "customer_number": command.customer_number,
            "address_id": command.address_id,
            "country": (command.ship_to or {}).get("country"),
            "region": (command.ship_to or {}).get("region"),
            "currency": currency,
            "channel": command.channel,
            "outside_number": command.outside_number,
            "today": today,
            "priced": policy.price_source == "lists",
            "convert": policy.convert_prices,
            "freight_class": policy.freight.tax_class if policy.freight else None,
            "skus": [line.sku for line in command.lines],
            "units": [line.unit for line in command.lines],
        },
    )
    assert row is not None
    skus: list[FoundSku | None] = [None] * len(command.lines)
    for found in row.skus or ():
        skus[found["position"] - 1] = _sku(found)
    ship_to = _address(command.ship_to if command.ship_to is not None else row.ship_to)
    bill_to = _address(command.bill_to if command.bill_to is not None else row.bill_to) or ship_to
    buyer = _buyer(row.customer) if row.customer else None
    account_id = buyer.credit_account_id if buyer else None
    return Loaded(
        buyer=buyer, account=position_from_rows(account_id, row.account) if account_id else None,
        ship_to=ship_to, bill_to=bill_to, skus=tuple(skus), existing=row.existing,
        freight_tax_rate=row.freight_tax_rate,
        site_id=_uuid(row.ship_to["site_id"]) if row.ship_to and command.ship_to is None else None,
    )  # fmt: skip


def _buyer(row: dict[str, Any]) -> Buyer:
    return Buyer(
        id=UUID(row["id"]), number=row["number"], name=row["name"], kind=row["kind"], email=row["email"],
        group=row["group_key"], tags=tuple(row["tags"]), grade=row["grade"], active=row["active"],
        credit_account_id=_uuid(row["credit_account_id"]), sales_rep_id=_uuid(row["sales_rep_id"]),
        payment_terms_days=row["payment_terms_days"], prepay_percent=_decimal(row["prepay_percent"]),
        ship_complete=row["ship_complete"],
        custom=row["custom"],
    )  # fmt: skip


def _sku(row: dict[str, Any]) -> FoundSku:
    return FoundSku(
        id=UUID(row["id"]), code=row["code"], name=row["name"], base_unit=row["base_unit"],
        order_minimum=Decimal(row["order_minimum"]), order_multiple=Decimal(row["order_multiple"]),
        active=row["active"], tax_class=row["tax_class"], tax_rate=_decimal(row["tax_rate"]),
        category=row["category"], brand=row["brand"], product=row["product"], product_custom=row["product_custom"],
        factor=_decimal(row["factor"]), candidates=candidates_from_json(row["tiers"] or ()),
    )  # fmt: skip


def candidates_from_json(tiers: Sequence[Sequence[Any]]) -> tuple[PriceCandidate, ...]:
    """[[list id, key, scope, priority, from quantity, price of a base unit, unit, price as stated, currency of the
    list, rate, floor of a base unit], …] as the query builds it."""
    return tuple(
        PriceCandidate(
            UUID(list_id), key, scope, priority, Decimal(minimum), Decimal(price), unit, Decimal(stated), currency,
            _decimal(rate), _decimal(floor),
        )
        for list_id, key, scope, priority, minimum, price, unit, stated, currency, rate, floor in tiers
    )  # fmt: skip


def _address(row: Any) -> dict[str, Any]:
    return {name: row[name] for name in ADDRESS_FIELDS if row.get(name) not in (None, "")} if row else {}


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
