"""The words for ranking locations, with the settings that each takes."""

from __future__ import annotations

from typing import Any

from low_code.registry import Term, Vocabulary


def _term(term_id: str, en: str, zh: str, params: dict[str, Any] | None = None) -> Term:
    return Term(term_id, {"en": en, "zh-CN": zh}, params=params)


def _settings(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _text(en: str, zh: str, most: int = 100) -> dict[str, Any]:
    return {"title": en, "x-zh": {"title": zh}, "type": "string", "maxLength": most}


def _names(en: str, zh: str, items: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": en, "x-zh": {"title": zh}, "type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": True,
        "items": items,
    }  # fmt: skip


_NAME = {"type": "string", "minLength": 1, "maxLength": 60}

SOURCING_STRATEGIES = Vocabulary(
    "sourcing_strategies",
    {"en": "Sourcing strategies", "zh-CN": "寻源策略"},
    [
        _term("fewest_splits", "Fewest splits", "最少拆单"),
        _term("in_region", "In the destination's region", "收货地同区域"),
        _term("nearest", "Nearest", "距离最近"),
        _term("priority", "Location priority", "地点优先级"),
        _term("most_stock", "Most stock", "库存最多"),
        _term(
            "kind_order",
            "By kind of location",
            "按地点类型",
            _settings(
                ["kinds"],
                kinds={
                    "title": "Kinds, preferred first",
                    "x-zh": {"title": "类型，优先者在前"},
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {"enum": ["warehouse", "store", "supplier"]},
                },
            ),
        ),
        _term(
            "region_table",
            "By table of regions",
            "按区域表",
            _settings(
                ["rows"],
                rows={
                    "title": "Rows; the one that says most about the destination holds",
                    "x-zh": {"title": "行；对收货地描述最具体的一行生效"},
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 500,
                    "items": _settings(
                        ["locations"],
                        country=_text("Country, as DE", "国家，如 CN", 2),
                        region=_text("Region", "省/州"),
                        postal_prefix=_text("Postal code begins with", "邮编开头", 20),
                        locations=_names("Locations, preferred first", "地点，优先者在前", _NAME),
                    ),
                },
            ),
        ),
        _term("earliest_expiry", "Earliest expiry (FEFO)", "最早到期（FEFO）"),
        _term("oldest_stock", "Oldest stock (FIFO)", "最早入库（FIFO）"),
        _term("cheapest_freight", "Cheapest freight", "运费最低"),
        _term(
            "location_group",
            "By group of locations",
            "按地点组",
            _settings(["groups"], groups=_names("Tags, preferred first", "标签，优先者在前", _NAME)),
        ),
        _term(
            "capacity_per_day",
            "Capacity of the day",
            "当日产能",
            _settings(
                [],
                full={
                    "title": "A location that is full",
                    "x-zh": {"title": "产能已满的地点"},
                    "enum": ["behind", "leave_out"],
                    "default": "behind",
                },
            ),
        ),
        _term("drop_ship_last", "Drop shippers last", "代发供应商最后"),
    ],
)
