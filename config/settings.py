"""Django's settings: what is the same everywhere; what differs comes from `config.environment`."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import environment
from config.environment import BASE_DIR

PRODUCTION = environment.flag("REGISTRY_PRODUCTION")
DEBUG = environment.flag("DEBUG")
VAR = environment.var_dir()

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off when REGISTRY_PRODUCTION is on.")
    SECRET_KEY = environment.private_file("SECRET_KEY_FILE").read_text().strip()
    ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS")
    REGISTRY_KEYRING = environment.private_file("REGISTRY_KEYRING")
else:
    SECRET_KEY = environment.made_once(VAR / "secret_key")
    ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]
    REGISTRY_KEYRING = environment.path_or(VAR / "keyring.json", name="REGISTRY_KEYRING")

REGISTRY_LOG_ORIGIN = os.environ.get("REGISTRY_LOG_ORIGIN") or f"{ALLOWED_HOSTS[0]}/log"
REGISTRY_SIGNER_STATE = environment.path_or(VAR / "signer.note", name="REGISTRY_SIGNER_STATE")
REGISTRY_WITNESS_URL, REGISTRY_WITNESS_KEY = environment.witness(
    "REGISTRY_WITNESS_URL", "REGISTRY_WITNESS_KEY"
)

SEALING_SUITE = os.environ.get("SEALING_SUITE", "AES-256-GCM")

INSTALLED_APPS = [
    "access",
    "registry",
    "sealing",
    "config.admin_app.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "guardian",
    "auditlog",
    "rest_framework",
    "procrastinate.contrib.django",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.no_store.NoStoreMiddleware",
    "config.content_policy.OrderedPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "access.second_factor.SecondFactorMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.wrong_method.WrongMethodMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "access.navigation.page_frame",
            ],
        },
    },
]

DATABASES = environment.databases(VAR, production=PRODUCTION)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "number"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_ADAPTER = "access.sign_in.ClosedSignUp"
MFA_ADAPTER = "access.sign_in.SealedSecrets"
ACCOUNT_FORMS = {"login": "access.sign_in.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
REGISTRY_REQUIRE_SECOND_FACTOR = environment.flag(
    "REGISTRY_REQUIRE_SECOND_FACTOR", default=PRODUCTION
)
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/15m/key"}
AXES_SENSITIVE_PARAMETERS = ["login", "username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_USERNAME_CALLABLE = "access.sign_in.attempted_number"
AXES_LOCKOUT_PARAMETERS = ["username"]
# A whole agency shares one address: locking that out would let one official lock out the others.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_LOCKOUT_TEMPLATE = "429.html"

GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None

AUDITLOG_INCLUDE_ALL_MODELS = False

SESSION_COOKIE_AGE = 15 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
FORMAT_MODULE_PATH = ["config.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
HASHED_STATIC = environment.flag("REGISTRY_HASHED_STATIC", default=PRODUCTION)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "config.static_files.HashedFiles"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
STATICFILES_FINDERS = [
    "config.static_files.ProjectFiles",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("govuk-frontend", BASE_DIR / "node_modules" / "govuk-frontend" / "dist" / "govuk"),
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        **{name: ["'none'"] for name in ("default-src", "base-uri", "frame-ancestors")},
        **{name: ["'self'"] for name in ("script-src", "style-src", "font-src")},
        **{name: ["'self'"] for name in ("connect-src", "form-action")},
        "img-src": ["'self'", "data:"],
    },
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "camera": [],
    "geolocation": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The only one: Django's own would keep a file in the clear, in memory or on disk.
FILE_UPLOAD_HANDLERS = ["registry.sealed_upload.SealingUploads"]
REGISTRY_UPLOADS = environment.path_or(VAR / "uploads", name="REGISTRY_UPLOADS")
REGISTRY_LAUNCH_IMPORTS = environment.flag("REGISTRY_LAUNCH_IMPORTS", default=True)

if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # The proxy sets both headers itself: docs/operations.md.
    SECURE_SSL_REDIRECT = environment.flag("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.api_callers.AgencyToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["access.api_callers.AnyJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "access.api_callers.JSONOnly",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "access.problems.answered",
    "UNAUTHENTICATED_USER": None,
}
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "access.tokens.AgencyValidator",
    "SCOPES": {"inquiry": "Inquiries of one's own unit"},
    "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
    "CLIENT_SECRET_GENERATOR_LENGTH": 64,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    # Of a token only its checksum is kept; the others close ways that no client of ours has anyhow.
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            *("TOKEN_STORAGE", "IMPLICIT_GRANT", "PASSWORD_GRANT", "PKCE_METHOD", "PKCE_REQUIRED"),
            *("ACCESS_TOKEN_TRANSPORT", "AUTHZ_RESPONSE_ISS", "REFRESH_TOKEN"),
            *("REDIRECT_URI_SCHEME", "REDIRECT_URI_MATCHING"),
        )
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Registry of Sealed Violation Records",
    "DESCRIPTION": "The interface for agencies' programs. How to sign, with a program to copy: docs/integrate.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"supportedSubmitMethods": [], "defaultModelsExpandDepth": -1},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "access.api_schema.with_token",
    ],
}
REGISTRY_PUBLIC_URL = environment.public_url("REGISTRY_PUBLIC_URL")
REGISTRY_CALLS_A_MINUTE = environment.count("REGISTRY_CALLS_A_MINUTE", default=6000)
REGISTRY_TOKENS_A_MINUTE = environment.count("REGISTRY_TOKENS_A_MINUTE", default=60)

# What is done in the background is found in each part's `jobs`; the queue is a table of the same database.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_READONLY_MODELS = True

REGISTRY_CONFIRMATION_DAYS, REGISTRY_CONFIRMATION_GRACE_DAYS = environment.confirmation_days()

FORM_RENDERER = "config.form_rendering.PageForms"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "places": {
            "()": "config.log_lines.PlacesOnly",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "places"}},
    "loggers": {
        name: {"handlers": ["stderr"], "level": level, "propagate": False}
        for name, level in {"django.request": "ERROR", "django.security": "WARNING"}.items()
    },
}
