"""What records are compared by: one number, written in many ways, is one key; what is masked is none."""

from __future__ import annotations

import pytest

from kernel.db import Work

PHONES = [
    ("+49 40 123 456", "", "4940123456"),
    ("0049 (40) 123-456", "FR", "4940123456"),
    ("+49 (0)40 123456", "DE", "4940123456"),
    ("040/123 456", "DE", "4940123456"),
    ("040 123456 ext. 7", "DE", "4940123456"),
    ("138 0013 8000", "CN", "8613800138000"),
    ("86-13800138000", "CN", "8613800138000"),
    ("１３８００１３８０００", "CN", "8613800138000"),
    ("1 (212) 555-0100", "US", "12125550100"),
    ("212.555.0100", "US", "12125550100"),
    ("06 1234 5678", "IT", "390612345678"),
    ("8 495 123-45-67", "RU", "74951234567"),
    ("040 123456", "", "?40123456"),
    ("138****8000", "CN", None),
    ("1380013xxxx", "CN", None),
    ("110", "CN", None),
    ("", "DE", None),
]


@pytest.mark.parametrize(("typed", "country", "key"), PHONES)
def test_a_phone_number_is_its_digits_with_the_country(work: Work, typed: str, country: str, key: str | None) -> None:
    assert work.scalar("SELECT app_phone_key(%(phone)s, %(country)s)", {"phone": typed, "country": country}) == key


@pytest.mark.parametrize(
    ("function", "typed", "key"),
    [
        ("email", " Ann@Example.COM ", "ann@example.com"),
        ("email", "a***@example.com", None),
        ("email", "nobody", None),
        ("tax", "DE 123.456-789", "DE123456789"),
        ("tax", "DE12345****", None),
        ("tax", "-", None),
        ("name", "  Müller & Söhne, GmbH ", "müllersöhnegmbh"),
        ("name", "ＡＢＣ 公司", "abc公司"),
        ("name", "张**", None),
        ("name", "--", None),
    ],
)
def test_other_keys_forget_how_something_was_typed(work: Work, function: str, typed: str, key: str | None) -> None:
    assert work.scalar(f"SELECT app_{function}_key(%(typed)s)", {"typed": typed}) == key


def test_a_postal_code_belongs_to_its_country(work: Work) -> None:
    assert work.scalar("SELECT app_postal_key('sw1a 1aa', 'GB')") == "GB:SW1A1AA"
    assert work.scalar("SELECT app_postal_key('', 'GB')") is None
