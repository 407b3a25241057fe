"""The columns that a table has for fast filters and search by custom fields, with their indexes.

Each tenant's fields share them: what a slot holds, `field_slots` says per tenant. A trigger of the table fills them
with every write of `custom`, whoever writes (migration o002_fields).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, Double, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

SLOTS = {
    "s": tuple(f"s{number}" for number in range(1, 9)),
    "n": tuple(f"n{number}" for number in range(1, 7)),
    "t": tuple(f"t{number}" for number in range(1, 5)),
}
EVERY_SLOT = tuple(column for columns in SLOTS.values() for column in columns)


class IndexedFields:
    """Mixed into a model whose `custom` values can be filtered, sorted and searched."""

    # Texts, at most 200 characters of each, by code point.
    s1: Mapped[str | None] = mapped_column(Text(collation="C"))
    s2: Mapped[str | None] = mapped_column(Text(collation="C"))
    s3: Mapped[str | None] = mapped_column(Text(collation="C"))
    s4: Mapped[str | None] = mapped_column(Text(collation="C"))
    s5: Mapped[str | None] = mapped_column(Text(collation="C"))
    s6: Mapped[str | None] = mapped_column(Text(collation="C"))
    s7: Mapped[str | None] = mapped_column(Text(collation="C"))
    s8: Mapped[str | None] = mapped_column(Text(collation="C"))
    # Numbers, near enough to find and sort by; the exact ones are in `custom`. Of money the amount.
    n1: Mapped[float | None] = mapped_column(Double)
    n2: Mapped[float | None] = mapped_column(Double)
    n3: Mapped[float | None] = mapped_column(Double)
    n4: Mapped[float | None] = mapped_column(Double)
    n5: Mapped[float | None] = mapped_column(Double)
    n6: Mapped[float | None] = mapped_column(Double)
    # Instants; days as their midnight in UTC.
    t1: Mapped[datetime | None]
    t2: Mapped[datetime | None]
    t3: Mapped[datetime | None]
    t4: Mapped[datetime | None]
    custom_text: Mapped[str | None]  # the texts of fields with search "text", folded by fold_text
    custom_grams: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # what text_grams makes of it


def slot_indexes(table: str) -> tuple[Index, ...]:
    """A partial index a slot, so that unused ones cost nothing, and one for words."""
    slots = [
        Index(f"ix_{table}_{column}", "tenant_id", column, "id", postgresql_where=text(f"{column} IS NOT NULL"))
        for column in EVERY_SLOT
    ]
    words = Index(
        f"ix_{table}_grams", "tenant_id", "custom_grams", postgresql_using="gin",
        postgresql_where=text("custom_grams IS NOT NULL"),
    )  # fmt: skip
    return (*slots, words)
