"""Django's settings. What differs between installations comes from the environment; see docs/operations.md."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from llaves.config.environment import database_settings, email_settings, read, read_flag, read_number

DEMO = read_flag("LLAVES_DEMO")
"""Invented accounts and data are only ever loaded or let in when this is on; see checks.py."""

BASE_URL = read("LLAVES_BASE_URL").rstrip("/")
_address = urlsplit(BASE_URL)
if _address.scheme not in {"http", "https"} or not _address.hostname:
    raise ImproperlyConfigured("LLAVES_BASE_URL must be the portal's public address, like https://llaves.example.co.")
_over_tls = _address.scheme == "https"
_local = _address.hostname in {"localhost", "127.0.0.1", "::1"}
if not _over_tls and not _local:
    raise ImproperlyConfigured("LLAVES_BASE_URL must use https outside the machine itself.")

SECRET_KEY = read("LLAVES_SECRET_KEY")
MASTER_KEYS = read("LLAVES_MASTER_KEYS")
"""A JWK Set with the vault's master keys, the one in use first."""

WAITING_TARGET = read_number("LLAVES_WAITING_TARGET", 5)
"""Within so many business days the ministry means to attend a request."""

REGISTRY_URL = read("LLAVES_REGISTRY_URL", "")
"""MiSeguridadSocial, asked live; without it, only files tell who exists and who may act for whom."""
REGISTRY_TOKEN = read("LLAVES_REGISTRY_TOKEN", "")
REGISTRY_CA = read("LLAVES_REGISTRY_CA", "")
"""Certificates of the only authorities that may vouch for it; empty trusts the machine's."""
ENTRA_CA = read("LLAVES_ENTRA_CA", "")
"""The same for Entra and Graph, whose addresses stand in the catalogue of environments."""
ENTRA_PROVISIONERS = read("LLAVES_ENTRA_PROVISIONERS", "")
"""The applications as which the portal makes others, as JSON by tenant; see docs/operations.md."""
ENTRA_WRITES = read_number("LLAVES_ENTRA_WRITES", 8)
"""So many a second in each tenant, at most."""
ENTRA_SECRET_DAYS = read_number("LLAVES_ENTRA_SECRET_DAYS", 365)
"""So long a generated secret lives."""
ENTRA_PROOF_PAUSE = read_number("LLAVES_ENTRA_PROOF_PAUSE", 10)
"""Seconds between two proofs of a generated pair."""

DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if _local else [_address.hostname]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "llaves.config.urls"
WSGI_APPLICATION = "llaves.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "llaves.config",
    "llaves.cli",
    "llaves.web",
    "llaves.credentials",
    "llaves.identity",
    "llaves.providers",
    "llaves.notifications",
    "llaves.vault",
    "llaves.audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "captcha",
    "django_altcha",
    "csp",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "llaves.web.middleware.ReadableCookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "llaves.web.middleware.SessionsEnd",
    "llaves.web.threshold.Threshold",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "llaves.web.middleware.PrivatePages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "llaves.web.context.who_is_here",
            ],
        },
    },
]

DATABASES = {"default": database_settings("DATABASE_URL", read("DATABASE_URL"))}
if read_flag("LLAVES_DATABASE_POOL"):
    _pool = {"min_size": 1, "max_size": read_number("LLAVES_POOL_SIZE", 12), "timeout": 10}
    DATABASES["default"]["OPTIONS"]["pool"] = _pool

_owner_url = read("LLAVES_OWNER_DATABASE_URL", "")
OWNER_DATABASE = database_settings("LLAVES_OWNER_DATABASE_URL", _owner_url) if _owner_url else None
"""The same database as the role that owns its tables; only `llaves migrate` uses it."""

# Throttling and used challenges are counted here, so it must be one for all processes.
CACHES = {
    "default": {
        "BACKEND": "llaves.config.cache.SharedCache",
        "LOCATION": "web_cache",
    }
}

LANGUAGE_CODE = "es-co"
TIME_ZONE = "America/Bogota"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = ["llaves.identity.backend.StandingAccounts"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "llaves.identity.passwords.OwnDataValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "start"

ACCOUNT_ADAPTER = "llaves.identity.adapter.PortalAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_LOGOUT_REDIRECT_URL = "public:home"
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "requirements": "20/m/ip",
    "reset_password": "20/m/ip",
    "calendar": "30/m/ip",
    "prove": "40/5m/user",
    "try_own": "6/10m/user",
}

MFA_ADAPTER = "llaves.identity.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey stands for a password, so touching a key is not enough

ALLAUTH_TRUSTED_PROXY_COUNT = read_number("LLAVES_TRUSTED_PROXIES", 0)
"""How many proxies stand in front and name the visitor's address in X-Forwarded-For."""

SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True  # so that the 15 minutes count from the last click
COOKIE_PREFIX = "__Host-" if _over_tls else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sesion"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _over_tls
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _over_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _over_tls else None
SECURE_HSTS_SECONDS = 31_536_000 if _over_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# Uploaded files hold secrets: they stay in memory. The body of a longer one is read past and kept nowhere.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024 + 64 * 1024  # files.MOST_BYTES, and the rest of the form

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # served from where they lie: nothing to collect, nothing to forget
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 600

ALTCHA_HMAC_KEY = SECRET_KEY
CAPTCHA_LENGTH = 6
CAPTCHA_TIMEOUT = 10  # minutes
CAPTCHA_IMAGE_SIZE = (200, 64)
CAPTCHA_FONT_SIZE = 36
CAPTCHA_2X_IMAGE = True

PROCRASTINATE_IMPORT_PATHS = ["llaves.jobs"]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "llaves_has_one_jobs_module"

MAIL = email_settings(read("EMAIL_URL"))
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_TIMEOUT = 15
EMAIL_HOST = str(MAIL["EMAIL_HOST"])
EMAIL_PORT = MAIL["EMAIL_PORT"]
EMAIL_HOST_USER = MAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = MAIL["EMAIL_USE_TLS"]
EMAIL_USE_SSL = MAIL["EMAIL_USE_SSL"]
DEFAULT_FROM_EMAIL = str(MAIL["DEFAULT_FROM_EMAIL"])

DEMO_TOTP_SECRET = read("LLAVES_DEMO_TOTP_SECRET", "") if DEMO else ""
"""Of the demo's official: the mailbox shows his codes to everybody."""
DEMO_ENTRA_URL = read("LLAVES_DEMO_ENTRA_URL", "") if DEMO else ""
"""Where Entra's emulator answers, with a directory for each environment."""
DEMO_MAILBOX_URL = read("LLAVES_DEMO_MAILBOX_URL", "") if DEMO else ""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_arguments": {"()": "llaves.config.logs.WithoutArguments"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_arguments"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},
    },
}
