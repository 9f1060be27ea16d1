"""The address of this site as its visitors write it. Knows no page."""

from django.conf import settings
from django.http import HttpRequest


def origin_of(request: HttpRequest) -> str:
    """Return scheme and host, without a slash: as set, or as asked for; in production always HTTPS."""
    scheme = "https" if settings.PRODUCTION else request.scheme
    return settings.REGISTRY_PUBLIC_URL or f"{scheme}://{request.get_host()}"
