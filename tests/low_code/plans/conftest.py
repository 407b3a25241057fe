from tests.support.low_code import small_domain

__all__ = ["small_domain"]
