"""Django's settings, all of them derived from `config.load()`. Nothing here is a place to configure a newsroom."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.functional import SimpleLazyObject

from standfirst import config
from standfirst.site import logs
from standfirst.site.secrets import django_key

CONFIG = config.load()
logs.configure()


def _databases(settings: config.Config) -> dict[str, dict[str, Any]]:  # Any: Django's own shape
    """SQLite in the home folder, or the PostgreSQL that `database` names."""
    if not settings.database:
        return {
            "default": {
                "ENGINE": "standfirst.record.sqlite",
                "NAME": settings.sqlite_path,
                "CONN_MAX_AGE": None,  # see site.desk_app: few threads, which stay
                "TEST": {"NAME": settings.home / "test.sqlite3"},  # WAL needs a file
            }
        }
    address = urlsplit(settings.database)
    if address.scheme not in ("postgresql", "postgres") or not address.path.strip("/"):
        raise config.ConfigError(
            f"STANDFIRST_DATABASE={address.scheme}://{address.hostname or ''}{address.path} is no PostgreSQL address:"
            " give postgresql://user:password@host/name"
        )
    options = dict(pair.split("=", 1) for pair in unquote(address.query).split("&") if "=" in pair)
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(address.path.strip("/")),
            "USER": unquote(address.username or ""),
            "PASSWORD": unquote(address.password or ""),
            "HOST": options.pop("host", unquote(address.hostname or "")),
            "PORT": str(address.port or ""),
            "OPTIONS": options,
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    }


DATABASES = _databases(CONFIG)
SECRET_KEY = SimpleLazyObject(lambda: django_key(CONFIG.home))  # lazy: importing settings writes nothing

INSTALLED_APPS = ["standfirst.record", "standfirst.accounts", "standfirst.desk"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "standfirst.site.middleware.Guard"]
ROOT_URLCONF = "standfirst.site.urls"
LOGGING = logs.LOGGING
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEBUG = False
ALLOWED_HOSTS = ["*"]  # nothing is ever built from the Host header: addresses come from STANDFIRST_URL
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # bytes of a body; site.desk_app and the API's words go by it

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
