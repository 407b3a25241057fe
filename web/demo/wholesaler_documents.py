"""The wholesaler's configuration: what its administrator has published."""

from __future__ import annotations

from typing import Any

from web.demo.wholesaler_changes import MERGE_RULES, SPLIT_RULES
from web.demo.wholesaler_customers import GRADING
from web.demo.wholesaler_promotions import ORDER_TYPE, PROMOTIONS


def _named(en: str, zh: str) -> dict[str, str]:
    return {"en": en, "zh-CN": zh}


def _at_least(path: str, amount: str) -> dict[str, Any]:
    return {">=": [{"var": path}, {"dec": amount}]}


DOCUMENTS: dict[str, Any] = {
    **PROMOTIONS,
    "fields/order": {
        "fields": [
            {
                "id": "f1", "key": "po_number", "labels": _named("Your order number", "采购单号"), "type": "text",
                "max_length": 40, "search": "text", "slot": True,
            },
            {
                "id": "f2", "key": "delivery_window", "labels": _named("Delivery window", "送货时段"), "type": "option",
                "search": "eq",
                "options": [
                    {"id": "morning", "labels": _named("Morning", "上午")},
                    {"id": "afternoon", "labels": _named("Afternoon", "下午")},
                    {"id": "any", "labels": _named("Any time", "不限")},
                ],
                "default": "any",
            },
            {
                "id": "f3", "key": "unloading_help", "labels": _named("Needs help unloading", "需要卸货"),
                "type": "bool",
            },
            {
                "id": "f4", "key": "dock_note", "labels": _named("Note for the dock", "卸货备注"), "type": "text",
                "max_length": 120, "search": "text", "visible_when": {"==": [{"var": "order.cf.unloading_help"}, True]},
            },
            {
                "id": "f5", "key": "pallets", "labels": _named("Pallets", "托盘数"), "type": "integer", "min": 0,
                "max": 99, "slot": True,
            },
        ]
    },
    "fields/order_line": {
        "fields": [
            {
                "id": "f1", "key": "label_text", "labels": _named("Text on the label", "标签文字"), "type": "text",
                "max_length": 60,
            },
            {
                "id": "f2", "key": "artwork", "labels": _named("Artwork for the label", "标签图稿"), "type": "image",
                "max_files": 2, "help": _named("Printed as it is, at 300 dpi.", "按原样以 300 dpi 印刷。"),
            },
        ]
    },
    "fields/customer": {
        "fields": [
            {
                "id": "f1", "key": "level", "labels": _named("Level", "客户等级"), "type": "option",
                "options": [
                    {"id": "a", "labels": _named("A", "A 级")},
                    {"id": "b", "labels": _named("B", "B 级")},
                ],
            },
            {
                "id": "f2", "key": "bank_account", "labels": _named("Bank account", "银行账号"), "type": "text",
                "mask": {"roles": ["operator"], "keep": 4}, "search": "none",
            },
            {
                "id": "f3", "key": "visits", "labels": _named("Visits", "拜访记录"), "type": "sub_table", "max_rows": 20,
                "columns": [
                    {"id": "c1", "key": "day", "labels": _named("Day", "日期"), "type": "date", "required": True},
                    {"id": "c2", "key": "topic", "labels": _named("Topic", "主题"), "type": "text"},
                ],
            },
            {
                "id": "f4", "key": "visit_count", "labels": _named("Number of visits", "拜访次数"), "type": "rollup",
                "result": "integer", "rollup": {"op": "count", "of": "order.customer.cf.visits"},
            },
        ]
    },
    "fields/product": {
        "fields": [
            {
                "id": "f1", "key": "origin", "labels": _named("Origin", "产地"), "type": "text", "search": "text",
            },
            {"id": "f2", "key": "harvested_on", "labels": _named("Harvested on", "采摘日期"), "type": "date", "slot": True},
        ]
    },
    "fields/location": {
        "fields": [
            {"id": "f1", "key": "dock_hours", "labels": _named("Dock hours", "月台时间"), "type": "text"},
            {"id": "f2", "key": "keeper", "labels": _named("Keeper", "库管员"), "type": "user"},
        ]
    },
    "numbering/standard": {
        "name": _named("Sales orders", "销售订单"), "pattern": "SO-{yyyy}{mm}-{seq:5}", "reset": "month",
    },
    "review_rules/standard": {
        "name": _named("Checks before release", "放行前审核"),
        "rules": [
            {
                "id": "r1", "name": _named("Deep discount", "折扣过深"),
                "when": {">": [{"var": "order.discount_percent"}, 12]},
                "outcome": {
                    "do": "hold", "hold_type": "review",
                    "reason": _named("A line is more than 12 % below its list price", "有订单行低于价目表 12% 以上"),
                },
            },
            {
                "id": "r2", "name": _named("Remote region", "偏远地区"),
                "when": {"in": [{"var": "order.ship_to.region"}, ["Tibet", "Xinjiang"]]},
                "outcome": {
                    "do": "hold", "hold_type": "address",
                    "reason": _named("Freight to this region has to be agreed first", "该地区需先确认运费"),
                },
            },
            {
                "id": "r3", "name": _named("Many units of one SKU", "单品数量大"),
                "when": {"some": [{"var": "order.lines"}, {">=": [{"var": "quantity"}, 500]}]},
                "outcome": {
                    "do": "note", "text": _named("500 units or more of one SKU: plan the picking", "单品 500 件以上：请安排拣货"),
                },
            },
        ],
    },
    "approval_flow/big_orders": {
        "name": _named("Big orders", "大额订单审批"),
        "subject": {"of": "order", "watch": ["order.total", "order.lines"]},
        "trigger": {"when": _at_least("order.total", "20000")},
        "policy": {"submitter_is_approver": "skip", "withdraw": "before_first_action"},
        "steps": [
            {
                "id": "sales", "type": "approve", "name": _named("Sales management", "销售主管"), "mode": "any",
                "who": [{"role": "approver"}],
                "due": {
                    "after": "PT16H", "calendar": "work", "remind": ["PT8H"],
                    "on_timeout": {"escalate": {"manager_of": "assignee"}},
                },
                "allow": {
                    "transfer": True, "return_to": "any_before", "add_signer": ["before", "after", "parallel"],
                    "comment_required_on": ["reject", "return"],
                },
                "fields": {"order.cf.delivery_window": "edit"},
            },
            {
                "id": "size", "type": "branch",
                "cases": [
                    {
                        "id": "very_big", "when": _at_least("order.total", "50000"),
                        "steps": [
                            {
                                "id": "together", "type": "parallel", "join": "all",
                                "name": _named("Money and goods", "资金与货物"),
                                "branches": [
                                    {
                                        "id": "money",
                                        "steps": [
                                            {
                                                "id": "finance", "type": "approve", "name": _named("Finance", "财务"),
                                                "mode": "quorum", "pass": {"percent": 50},
                                                "who": [{"role": "finance"}, {"head_of": "finance"}],
                                                "allow": {
                                                    "return_to": "any_before",
                                                    "comment_required_on": ["reject", "return"],
                                                },
                                            }
                                        ],
                                    },
                                    {
                                        "id": "goods",
                                        "steps": [
                                            {
                                                "id": "told", "type": "cc",
                                                "name": _named("Warehouse plans ahead", "仓库提前安排"),
                                                "who": [{"head_of": "logistics"}],
                                            }
                                        ],
                                    },
                                ],
                            }
                        ],
                    },
                    {"id": "normal", "else": True, "steps": []},
                ],
            },
            {"id": "tell", "type": "cc", "name": _named("Order desk", "订单组"), "who": [{"role": "operator"}]},
        ],
    },
    "calendar/standard": {
        "name": _named("Working days in China", "中国工作日历"),
        "week": {day: [["09:00", "12:00"], ["13:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": [
            {"from": "2027-01-01", "to": "2027-01-03", "name": _named("New Year", "元旦")},
            {"from": "2027-02-05", "to": "2027-02-11", "name": _named("Spring Festival", "春节")},
        ],
        "working_days": [{"on": "2027-01-30", "name": _named("Worked Saturday", "春节调休")}],
    },
    "allocation_rule/standard": {
        "name": _named("Few parcels, short ways", "少拆单、就近发货"),
        "strategies": [
            {"id": "s1", "strategy": "fewest_splits"},
            {"id": "s2", "strategy": "in_region"},
            {"id": "s3", "strategy": "nearest"},
            {"id": "s4", "strategy": "priority"},
        ],
        "only": {"when": {"!=": [{"var": "location.kind"}, "supplier"]}},
        "allow_split": True,
        "on_short": "backorder",
    },
    "price_rule/volume": {
        "name": _named("Volume discount on tea", "茶叶批量折扣"),
        "table": {
            "hit": "F",
            "inputs": [
                {"id": "i1", "expr": {"var": "line.category"}},
                {"id": "i2", "expr": {"var": "line.quantity"}},
            ],
            "outputs": [{"id": "o1", "name": "discount_percent", "type": "number", "default": None}],
            "rows": [
                {"id": "r1", "when": {"i1": {"in": ["Green tea", "Black tea"]}, "i2": {"ge": 300}}, "then": {"o1": 5}},
                {"id": "r2", "when": {"i1": {"in": ["Green tea", "Black tea"]}, "i2": {"ge": 120}}, "then": {"o1": 2}},
            ],
        },
    },
    "split_rules/standard": SPLIT_RULES,
    "customer_grading/standard": GRADING,
    "merge_rules/standard": MERGE_RULES,
    "order_type/standard": {
        "name": _named("Wholesale", "批发订单"),
        "channels": ["portal", "console", "api", "file"],
        "numbering": "standard",
        "review_rules": "standard",
        "approvals": ["big_orders"],
        "allocation_rule": "standard",
        "split_rules": "standard",
        "merge_rules": "standard",
        "buyer_requests": {"change": "ask", "cancel": "at_once", "until": "shipped", "within_hours": 72},
        "price_rules": ["volume"],
        **ORDER_TYPE,
        "prices": {"source": "lists"},
        "credit": {"policy": "hold", "check_at": ["place"]},
        "tax": {"prices_include_tax": False},
        "rounding": {"level": "line", "mode": "half_up"},
        "allow_backorder": True,
        "auto_allocate": True,
        "payment_terms_days": 30,
    },
}  # fmt: skip
