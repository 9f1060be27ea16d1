"""Keeps every page out of caches: what one official was shown is never replayed to another.

A view that answers the same to everybody (a checkpoint of the log) may say `Cache-Control: public` itself.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class NoStoreMiddleware:
    """Sets `Cache-Control: no-store` on every answer that does not declare itself public."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "public" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store"
        return response
