"""Django's settings, made from the workspace that the environment names.

Everything a page needs is a package of this installation; nothing is fetched from elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from importlib.resources import files
from pathlib import Path

from csp.constants import NONE, SELF

from sojourn.server.config import WORKSPACE, load
from sojourn.server.site.database import database
from sojourn.store.secret import known_secret

SOJOURN_WORKSPACE = Path(os.environ.get(WORKSPACE, "sojourn")).absolute()
SOJOURN_CONFIG = load(SOJOURN_WORKSPACE, os.environ)
SOJOURN_INLINE = False
"""Whether questions are answered in this process instead of one of their own."""

BASE_DIR = Path(str(files("sojourn.server")))

# Without a key of its own a workspace gets one for as long as the process runs.
_key = known_secret(SOJOURN_WORKSPACE) or secrets.token_bytes(32)
SECRET_KEY = hmac.new(_key, b"pages", hashlib.sha256).hexdigest()

DEBUG = False
ALLOWED_HOSTS = SOJOURN_CONFIG.allowed_hosts
ROOT_URLCONF = "sojourn.server.site.urls"
DATABASES = {"default": database(SOJOURN_WORKSPACE, SOJOURN_CONFIG.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "sojourn.server.accounts",
    "sojourn.server.studio",
    "sojourn.server.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sojourn.server.accounts.gate.Gate",
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
                "sojourn.server.studio.context.everywhere",
            ],
        },
    }
]

# Accounts

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_RULES = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_RULES}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_RULES}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_RULES}.CommonPasswordValidator"},
]

# Safety

_SECURE = SOJOURN_CONFIG.site_url.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SOJOURN_CONFIG.site_url] if SOJOURN_CONFIG.site_url else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SESSION_COOKIE_NAME = "sojourn_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Languages, times and files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [("fonts", str(files("font_lato") / "files"))]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

# What is logged names no person: paths without their questions, and errors.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "loggers": {
        "django": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "sojourn": {"handlers": ["console"], "level": "INFO"},
    },
}
