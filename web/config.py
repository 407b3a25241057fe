"""What a web application is made with. Settings fill it; tests write it out."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AppConfig:
    """base_host        tenants are served at <slug>.<this>; the bare host shows the landing page
    public_url       address in mails; {slug} becomes the tenant's, else /t/<slug> is added
    trusted_proxies  how many reverse proxies stand in front; their X-Forwarded-* are believed
    login_rate, api_rate  "<count>/<second|minute|hour|day>"
    redis_prefix     before every key in Redis, so that two installations can share one
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    base_host: str = "localhost"
    public_url: str = "http://localhost:8000"
    secure_cookies: bool = False
    trusted_proxies: int = 0
    login_rate: str = "10/minute"
    api_rate: str = "6000/minute"
    mail: str = field(default="console", repr=False)
    mail_from: str = "Orderloom <no-reply@localhost>"
    db_pool: int | None = None
    redis_prefix: str = "orderloom"
    log_format: str = "json"
    log_level: str = "INFO"

    @staticmethod
    def from_settings() -> AppConfig:
        """raises SettingMissing, ValueError for a secret key that is too short"""
        secret_key = settings.get("ORDERLOOM_SECRET_KEY")
        if len(secret_key) < 32:
            raise ValueError("ORDERLOOM_SECRET_KEY must have 32 characters or more")
        return AppConfig(
            database_url=settings.get("DATABASE_URL"),
            redis_url=settings.get("REDIS_URL"),
            secret_key=secret_key,
            base_host=settings.get("ORDERLOOM_BASE_HOST").lower(),
            public_url=settings.get("ORDERLOOM_PUBLIC_URL").rstrip("/"),
            secure_cookies=settings.get_bool("ORDERLOOM_SECURE_COOKIES"),
            trusted_proxies=settings.get_int("ORDERLOOM_TRUSTED_PROXIES"),
            login_rate=settings.get("ORDERLOOM_LOGIN_RATE"),
            api_rate=settings.get("ORDERLOOM_API_RATE"),
            mail=settings.get("ORDERLOOM_MAIL"),
            mail_from=settings.get("ORDERLOOM_MAIL_FROM"),
            db_pool=settings.get_int("ORDERLOOM_DB_POOL"),
            log_format=settings.get("ORDERLOOM_LOG_FORMAT"),
            log_level=settings.get("ORDERLOOM_LOG_LEVEL"),
        )
