"""The Content-Security-Policy header, the same bytes in every worker.

django-csp writes the directives in the order of a set, which differs between processes.
"""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase


class OrderedPolicyMiddleware(CSPMiddleware):
    """Sends the directives in alphabetical order."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Sort what django-csp wrote; an order has no meaning to a browser."""
        response = super().process_response(request, response)
        if HEADER in response:
            response[HEADER] = "; ".join(sorted(response[HEADER].split("; ")))
        return response
