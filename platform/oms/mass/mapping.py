"""From a file's column headers to the fields of an order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.i18n import N_

# Field -> (label, headers that mean it, lower case without spaces and punctuation).
FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "outside_number": (N_("Order number"), ("ordernumber", "orderno", "orderid", "basketid", "订单号", "订单编号")),
    "customer_number": (
        N_("Customer number"),
        ("customernumber", "customerno", "customerid", "householdid", "客户编号"),
    ),
    "customer_name": (N_("Customer name"), ("customername", "buyer", "客户名称", "买家")),
    "placed_at": (
        N_("Ordered at"),
        ("orderedat", "placedat", "orderdate", "date", "transactiontimestamp", "下单时间"),
    ),
    "sku": (N_("SKU"), ("sku", "productid", "productcode", "itemcode", "商品编码")),
    "quantity": (N_("Quantity"), ("quantity", "qty", "数量")),
    "unit": (N_("Unit"), ("unit", "uom", "单位")),
    "unit_price": (N_("Unit price"), ("unitprice", "price", "单价")),
    "amount": (N_("Line amount"), ("amount", "lineamount", "salesvalue", "金额")),
    "outside_line": (N_("Line number"), ("linenumber", "lineno", "lineid", "行号")),
    "requested_on": (N_("Requested day"), ("requestedon", "requestedday", "deliverydate", "期望日期")),
    "priority": (N_("Priority"), ("priority", "优先级")),
    "promise_on": (N_("Promised day"), ("promiseon", "promisedate", "promisedon", "promisedday", "承诺日期")),
    "buyer_note": (N_("Buyer's note"), ("buyernote", "buyersnote", "note", "买家留言")),
    "coupons": (N_("Coupons"), ("coupon", "coupons", "couponcode", "couponcodes", "优惠码", "优惠券")),
    "merge_key": (N_("Merge key"), ("mergekey", "oaid", "合单键")),
    "ship_to.recipient": (N_("Recipient"), ("recipient", "shiptoname", "收货人")),
    "ship_to.phone": (N_("Phone"), ("phone", "电话")),
    "ship_to.street": (N_("Street"), ("street", "address", "地址")),
    "ship_to.city": (N_("City"), ("city", "城市")),
    "ship_to.region": (N_("Region"), ("region", "state", "province", "省份")),
    "ship_to.postal_code": (N_("Postal code"), ("postalcode", "zip", "zipcode", "邮编")),
    "ship_to.country": (N_("Country"), ("country", "国家")),
}
REQUIRED = ("outside_number", "customer_number", "sku", "quantity")
_NOISE = re.compile(r"[\s_\-./()（）#'’]+")
_BY_HEADER = {header: field for field, (_, headers) in FIELDS.items() for header in headers}


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """columns  position of a column -> field
    ignored  headers that no field takes
    missing  required fields that no column gives
    """

    columns: Mapping[int, str]
    ignored: tuple[str, ...]
    missing: tuple[str, ...]


def map_headers(
    headers: Sequence[str],
    custom_fields: Sequence[str] = (),
    chosen: Mapping[str, str] | None = None,
    line_fields: Sequence[str] = (),
) -> ColumnMapping:
    """Reads what the headers mean.

    custom_fields  keys of the tenant's order fields; a header of the same name (or "cf.<key>") fills it
    line_fields    keys of its line fields ("line.cf.<key>", or as above where the order has no such field)
    chosen         header -> field as a person chose; "" leaves the column out; wins over what is guessed
    """
    columns: dict[int, str] = {}
    ignored: list[str] = []
    for position, header in enumerate(headers):
        field = _field_of(header, custom_fields, line_fields, chosen or {})
        if field and field not in columns.values():
            columns[position] = field
        else:
            ignored.append(header)
    missing = tuple(field for field in REQUIRED if field not in columns.values())
    return ColumnMapping(columns=columns, ignored=tuple(ignored), missing=missing)


def _field_of(
    header: str, custom_fields: Sequence[str], line_fields: Sequence[str], chosen: Mapping[str, str]
) -> str | None:
    if header in chosen:
        return chosen[header] or None
    plain = header.strip().lower()
    if plain in FIELDS:
        return plain
    of_line = plain.startswith("line.")
    key = plain.removeprefix("line.").removeprefix("custom.").removeprefix("cf.")
    if key in custom_fields and not of_line:
        return f"custom.{key}"
    if key in line_fields:
        return f"line.custom.{key}"
    return _BY_HEADER.get(_NOISE.sub("", plain))
