"""Steps say what differs, as tests do."""

import pytest

for _module in ("steps_goods", "steps_money", "steps_orders", "sums"):
    pytest.register_assert_rewrite(f"tests.oms.lives.{_module}", f"lives.{_module}")
