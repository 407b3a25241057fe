from __future__ import annotations

import pytest

from kernel.settings import SettingMissing
from web.config import AppConfig


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/orderloom")
    monkeypatch.setenv("ORDERLOOM_SECRET_KEY", "x" * 32)
    monkeypatch.setenv("ORDERLOOM_BASE_HOST", "Orders.Example")
    return monkeypatch


def test_the_settings_fill_the_configuration(settings: pytest.MonkeyPatch) -> None:
    config = AppConfig.from_settings()

    assert config.base_host == "orders.example" and config.login_rate == "10/minute"
    assert "db/orderloom" not in repr(config) and "xxxx" not in repr(config)


def test_a_short_secret_key_is_refused(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("ORDERLOOM_SECRET_KEY", "short")

    with pytest.raises(ValueError, match="32 characters"):
        AppConfig.from_settings()


def test_a_missing_setting_names_itself(settings: pytest.MonkeyPatch) -> None:
    settings.delenv("DATABASE_URL")

    with pytest.raises(SettingMissing, match="DATABASE_URL"):
        AppConfig.from_settings()
