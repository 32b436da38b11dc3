"""What django-allauth is told: how people sign in. Part of `settings`."""

from urllib.parse import unquote, urlsplit

from standfirst import config

_CONFIG = config.load()
_DESK = urlsplit(_CONFIG.desk_url)

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LOGIN_REDIRECT_URL = "/desk/"
LOGIN_URL = "/account/login/"

ACCOUNT_ADAPTER = "standfirst.accounts.adapters.AccountAdapter"  # nobody signs up alone
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {"reset_password": "standfirst.accounts.forms.Reset"}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300  # seconds
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before another address or account is one's own
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True  # one address, replaced once the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

MFA_ADAPTER = "standfirst.accounts.adapters.MFAAdapter"
MFA_FORMS = {"activate_totp": "standfirst.accounts.forms.ActivateApp"}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _DESK.scheme == "http" and _DESK.hostname == "localhost"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an invitation vouches for whoever came by it, and a newsroom may send no mail

USERSESSIONS_ADAPTER = "standfirst.accounts.adapters.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = False  # a look must not cost a write: see accounts.middleware.Seen

MAIL = bool(_CONFIG.mail_url)
_server = urlsplit(_CONFIG.mail_url)
EMAIL_BACKEND = "standfirst.accounts.mail.Later" if MAIL else "django.core.mail.backends.dummy.EmailBackend"
EMAIL_HOST, EMAIL_PORT = _server.hostname or "", _server.port or (465 if _server.scheme == "smtps" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_server.username or ""), unquote(_server.password or "")
EMAIL_USE_SSL = _server.scheme == "smtps"
EMAIL_USE_TLS = MAIL and not EMAIL_USE_SSL and bool(EMAIL_HOST_USER)  # no password goes out in the clear
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = _CONFIG.mail_from or f"standfirst@{_DESK.hostname}"

SOCIALACCOUNT_ADAPTER = "standfirst.accounts.elsewhere.ElsewhereAdapter"
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "oidc"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # who is linked comes in; an address alone opens nothing
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "newsroom",
                "name": _CONFIG.oidc_name,
                "client_id": _CONFIG.oidc_client_id,
                "secret": _CONFIG.oidc_client_secret,
                "settings": {"server_url": _CONFIG.oidc_issuer.rstrip("/"), "oauth_pkce_enabled": True},
            }
        ]
        if _CONFIG.oidc_issuer
        else [],
    }
}
_issuer = urlsplit(_CONFIG.oidc_issuer)
OIDC_ORIGINS = (f"{_issuer.scheme}://{_issuer.netloc}",) if _CONFIG.oidc_issuer else ()

CACHES = {
    "default": {  # shared by all workers and machines: django-allauth counts guesses and used codes in it
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_counters",
        "KEY_FUNCTION": "standfirst.accounts.counters.key",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

FORM_RENDERER = "standfirst.accounts.rendering.Forms"
