"""What the wholesaler has before the first order: goods, prices, places with stock, customers with credit."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kernel.db import Work
from oms.catalog.save_product import SaveProduct, SkuData, save_product
from oms.credit.save_account import SaveAccount, save_account
from oms.customers.save_customer import AddressData, ContactData, SaveCustomer, save_customer
from oms.customers.save_group import save_group
from oms.inventory.move_stock import ReceiveStock, receive_stock
from oms.inventory.save_location import SaveLocation, save_location
from oms.pricing.save_price_list import SavePriceList, Tier, save_price_list
from oms.pricing.save_tax_rate import save_tax_rate

# (code, English name, Chinese name, category, price, box of)
PRODUCTS = (
    ("LJ-250", "Longjing 250 g", "龙井 250 克", "Green tea", "68.00", 24),
    ("LJ-500", "Longjing 500 g", "龙井 500 克", "Green tea", "126.00", 12),
    ("BLC-250", "Biluochun 250 g", "碧螺春 250 克", "Green tea", "72.00", 24),
    ("MF-250", "Maofeng 250 g", "黄山毛峰 250 克", "Green tea", "58.00", 24),
    ("QM-250", "Keemun 250 g", "祁门红茶 250 克", "Black tea", "54.00", 24),
    ("DH-250", "Dianhong 250 g", "滇红 250 克", "Black tea", "49.50", 24),
    ("LSX-100", "Lapsang Souchong 100 g", "正山小种 100 克", "Black tea", "45.00", 36),
    ("TGY-250", "Tieguanyin 250 g", "铁观音 250 克", "Oolong", "88.00", 24),
    ("DHP-100", "Dahongpao 100 g", "大红袍 100 克", "Oolong", "96.00", 36),
    ("PE-357", "Pu'er cake 357 g", "普洱饼 357 克", "Pu'er", "135.00", 12),
    ("BM-100", "White Peony 100 g", "白牡丹 100 克", "White tea", "79.00", 36),
    ("JJ-50", "Chrysanthemum 50 g", "杭白菊 50 克", "Herbal", "18.50", 48),
    ("CUP-6", "Glass cups, set of 6", "玻璃杯 6 只装", "Ware", "42.00", 8),
    ("POT-1", "Yixing teapot", "宜兴紫砂壶", "Ware", "260.00", 4),
    ("TIN-250", "Tea tin 250 g", "茶叶罐 250 克", "Ware", "12.80", 60),
    ("BAG-K", "Gift bags, 100 pieces", "礼品袋 100 只", "Ware", "33.00", 10),
)
LOCATIONS = (
    SaveLocation(
        key="hangzhou", names={"en": "Hangzhou warehouse", "zh-CN": "杭州总仓"}, country="CN", region="Zhejiang",
        city="Hangzhou", latitude=Decimal("30.2741"), longitude=Decimal("120.1551"), priority=10,
    ),
    SaveLocation(
        key="guangzhou", names={"en": "Guangzhou warehouse", "zh-CN": "广州仓"}, country="CN", region="Guangdong",
        city="Guangzhou", latitude=Decimal("23.1291"), longitude=Decimal("113.2644"), priority=20,
    ),
    SaveLocation(
        key="shanghai_store", names={"en": "Shanghai store", "zh-CN": "上海门店"}, kind="store", country="CN",
        region="Shanghai", city="Shanghai", latitude=Decimal("31.2304"), longitude=Decimal("121.4737"), priority=50,
    ),
)  # fmt: skip
# (number, name, group, limit, terms, city, region, latitude, longitude, mail)
CUSTOMERS = (
    ("K-1001", "West Lake Tea House 西湖茶舍", "gold", "120000", 30, "Hangzhou", "Zhejiang", "30.25", "120.13", "buyer@westlake.example"),
    ("K-1002", "Bund Provisions 外滩食品", "gold", "60000", 30, "Shanghai", "Shanghai", "31.24", "121.49", "buyer@bund.example"),
    ("K-1003", "Pearl River Trading 珠江商贸", "silver", "40000", 15, "Guangzhou", "Guangdong", "23.10", "113.30", "orders@pearlriver.example"),
    ("K-1004", "Slender Lake Gifts 瘦西湖礼品", "silver", "15000", 15, "Yangzhou", "Jiangsu", "32.39", "119.41", "hello@slenderlake.example"),
    ("K-1005", "Plateau Stores 高原商店", None, "20000", 30, "Lhasa", "Tibet", "29.65", "91.14", "buy@plateau.example"),
    ("K-1006", "Corner Cafe 街角咖啡", None, None, 0, "Suzhou", "Jiangsu", "31.30", "120.58", "cafe@corner.example"),
)  # fmt: skip
# What the wholesaler's own fields hold, for those who have any.
CUSTOMER_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "K-1001": {
        "level": "a", "bank_account": "6222 0236 0202 1234", "visits": [
            {"day": "2026-09-14", "topic": "Spring harvest, tasting 春茶品鉴"}, {"day": "2026-11-03", "topic": "Contract for 2027 年度合同"},
        ],
    },
    "K-1002": {"level": "a", "visits": [{"day": "2026-10-21", "topic": "New shelf in Pudong 浦东新货架"}]},
    "K-1003": {"level": "b", "bank_account": "6217 0033 2000 5678"},
}  # fmt: skip
ORIGINS = {"LJ-250": ("Hangzhou 杭州西湖", "2026-03-28"), "MF-250": ("Huangshan 黄山", "2026-04-12")}


def save_masters(work: Work) -> None:
    """Goods with prices and opening stock, places, customers with credit."""
    save_tax_rate(work, "standard", Decimal("0.13"))
    for code, en, zh, category, _, box in PRODUCTS:
        sku = SkuData(
            code=code, name=f"{en} {zh}", units={"box": Decimal(box)}, barcodes={_barcode(code): None},
            order_multiple=Decimal(1),
        )  # fmt: skip
        save_product(work, SaveProduct(code=code, name=f"{en} {zh}", brand="Acme", category=category, skus=(sku,)))
    save_group(work, "gold", {"en": "Gold", "zh-CN": "金牌客户"})
    save_group(work, "silver", {"en": "Silver", "zh-CN": "银牌客户"})
    locations = {location.key: save_location(work, location) for location in LOCATIONS}
    for index, (code, *_) in enumerate(PRODUCTS):
        sku_id = work.scalar(
            "SELECT id FROM skus WHERE tenant_id = %(tenant)s AND code = %(code)s",
            {"tenant": work.tenant_id, "code": code},
        )
        for key, units in (("hangzhou", 900), ("guangzhou", 320), ("shanghai_store", 40)):
            quantity = Decimal(max(units - index * (units // 20), 12))
            if code != "POT-1" or key == "hangzhou":
                command = ReceiveStock(
                    sku_id=sku_id, location_id=locations[key], quantity=quantity, reason="Opening stock"
                )
                receive_stock(work, command)
    for customer in CUSTOMERS:
        _save_customer(work, *customer)
    _prices(work)


def save_own_fields(work: Work) -> None:
    """What the company's own fields hold; they are there once the configuration is."""
    for customer in CUSTOMERS:
        if values := CUSTOMER_FIELDS.get(customer[0]):
            _save_customer(work, *customer, custom=values)
    for code, en, zh, category, *_ in PRODUCTS:
        if origin := ORIGINS.get(code):
            found = dict(zip(("origin", "harvested_on"), origin, strict=True))
            product = SaveProduct(code=code, name=f"{en} {zh}", brand="Acme", category=category, skus=(), custom=found)
            save_product(work, product)


def _save_customer(
    work: Work, number: str, name: str, group: str | None, limit: str | None, terms: int, city: str, region: str,
    latitude: str, longitude: str, mail: str, *, custom: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    account = None
    if limit:
        account = f"CA-{number[2:]}"
        save_account(work, SaveAccount(number=account, name=name, currency="CNY", credit_limit=Decimal(limit)))
    address = AddressData(
        label=city, recipient=name, street="1 Market Street", city=city, region=region, country="CN",
        latitude=Decimal(latitude), longitude=Decimal(longitude), is_default_shipping=True, is_default_billing=True,
    )  # fmt: skip
    contact = ContactData(
        name="Purchasing 采购部", position="Purchasing", email=mail, phone=f"+86 571 5555 01{number[-2:]}"
    )
    save_customer(
        work,
        SaveCustomer(
            number=number, name=name, email=mail, group=group, credit_account=account, payment_terms_days=terms,
            addresses=(address,), contacts=(contact,), phone=f"+86 571 5555 01{number[-2:]}", custom=custom or {},
            prepay_percent=None if limit else Decimal(100),
        ),
    )  # fmt: skip


def _prices(work: Work) -> None:
    base = [Tier(code, Decimal(price)) for code, _, _, _, price, _ in PRODUCTS]
    base += [Tier(code, Decimal(price) * Decimal("0.96"), Decimal(box)) for code, _, _, _, price, box in PRODUCTS]
    save_price_list(
        work, SavePriceList(key="base", names={"en": "Base prices", "zh-CN": "基准价"}, currency="CNY", tiers=base)
    )
    gold = [
        Tier(code, (Decimal(price) * Decimal("0.92")).quantize(Decimal("0.01"))) for code, _, _, _, price, _ in PRODUCTS
    ]
    save_price_list(
        work,
        SavePriceList(
            key="gold", names={"en": "Gold customers", "zh-CN": "金牌客户价"}, currency="CNY", scope="customer_group",
            groups=("gold",), tiers=gold,
        ),
    )  # fmt: skip
    save_price_list(
        work,
        SavePriceList(
            key="westlake", names={"en": "West Lake contract", "zh-CN": "西湖茶舍合同价"}, currency="CNY",
            scope="contract", customers=("K-1001",),
            tiers=[Tier("LJ-250", Decimal("59.00")), Tier("LJ-250", Decimal("56.50"), Decimal(120)), Tier("BLC-250", Decimal("63.00"))],
        ),
    )  # fmt: skip


def _barcode(code: str) -> str:
    """An EAN-13 made of the code's letters, with its check digit."""
    digits = f"690{sum(ord(letter) * 31**i for i, letter in enumerate(code)) % 10**9:09d}"
    total = sum(int(digit) * (3 if index % 2 else 1) for index, digit in enumerate(digits))
    return digits + str(-total % 10)
