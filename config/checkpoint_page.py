"""The log's newest checkpoint as a sheet for the paper file: the signed note in print and as a QR code.

A history that is written anew contradicts every sheet that lies in a file. Says nothing of any entry but how many there are.
"""

import segno
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from access.roles import Role, holds
from sealing import cosignatures, tree


def printed(request: HttpRequest) -> HttpResponse:
    """Show the newest checkpoint that a witness cosigned, or else the newest; 404 while there is none."""
    if not (holds(request.user, Role.AUDITOR) or holds(request.user, Role.SYSTEM_ADMINISTRATOR)):
        raise PermissionDenied
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    cosigned = cosignatures.latest()
    head = cosigned.head if cosigned else tree.latest_checkpoint()
    if head is None:
        raise Http404
    note = cosignatures.shown(head)
    code = segno.make(note, error="m", micro=False)
    shown = {
        "head": head,
        "root": head.checkpoint.root.hex(),
        "cosigned": cosigned,
        "note": note,
        "code": code.svg_data_uri(scale=4, border=4),
    }
    return render(request, "admin/checkpoint.html", shown)
