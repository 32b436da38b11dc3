"""Django's settings, all of them derived from `config.load()`. Nothing here is a place to configure a newsroom."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.functional import SimpleLazyObject

from standfirst import config
from standfirst.site import logs
from standfirst.site.headers import policy
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

INSTALLED_APPS = [
    "standfirst.record",
    "standfirst.accounts",
    "standfirst.desk",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
MIDDLEWARE = [
    "standfirst.site.headers.Headers",
    "standfirst.site.middleware.Guard",
    "standfirst.site.hosts.Hosts",
    "standfirst.accounts.middleware.ByName",
    "standfirst.site.hosts.SameOrigin",
    "standfirst.site.limits.AddressLimits",
    "standfirst.site.limits.Forms",
    "standfirst.accounts.middleware.Sessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "standfirst.site.limits.AccountLimits",
    "standfirst.site.freezing.Freezing",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "standfirst.accounts.keys.Keys",
    "standfirst.accounts.middleware.Seen",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "standfirst.site.look.around",
            ]
        },
    }
]
ROOT_URLCONF = "standfirst.site.urls"
LOGGING = logs.LOGGING
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DEBUG = False
ALLOWED_HOSTS = ["*"]  # site.hosts judges: pages answer on the newsroom's own hosts, the API's machines on any
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # bytes of a body; site.desk_app and the API's words go by it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100  # of a form, and of a query
DATA_UPLOAD_MAX_NUMBER_FILES = 1  # where a form has one at all: see site.limits

AUTH_USER_MODEL = "accounts.Person"
STATIC_URL = "/static/"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.base_url.startswith("https:")
_HOST = "__Host-" if SESSION_COOKIE_SECURE else ""  # browsers keep such a cookie from every other host and path
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}standfirst-session", f"{_HOST}standfirst-csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

CSRF_FAILURE_VIEW = "standfirst.site.refusing.csrf_failure"

from standfirst.site.signing_in import *  # noqa: E402, F403  # what django-allauth is told

CONTENT_SECURITY_POLICY = policy(CONFIG.oidc_issuer)
