"""Customers of before are found by what they are found by now: country of their address, keys in their words."""

from __future__ import annotations

from alembic import op

revision = "p003_fill_customers"
down_revision = "o016_intake"
branch_labels = None
depends_on = None

# Where its phone is: of the default address, else of the first. The keys follow by themselves.
COUNTRY = """
UPDATE customers c SET country = (SELECT a.country FROM customer_addresses a
  WHERE a.tenant_id = c.tenant_id AND a.customer_id = c.id AND a.site_id IS NULL
  ORDER BY a.is_default_shipping DESC, a.id LIMIT 1)
WHERE c.country = '' AND EXISTS (SELECT FROM customer_addresses a
  WHERE a.tenant_id = c.tenant_id AND a.customer_id = c.id AND a.site_id IS NULL)
"""
WORDS = """
UPDATE customers
SET search_text = lower(concat_ws(' ', number, name, phone, email, tax_number, phone_key, tax_key))
WHERE search_text <> lower(concat_ws(' ', number, name, phone, email, tax_number, phone_key, tax_key))
"""
_TABLES = ("customers", "customer_addresses")


def upgrade() -> None:
    # The owner is behind the wall as well, and there is no tenant here.
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(COUNTRY)
    op.execute(WORDS)
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """What was filled in was true before, too."""
