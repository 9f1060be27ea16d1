"""The addresses of the auditor's desk, for the administration to take in."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from access import desk_auditors, desk_export, desk_home, desk_packs, desk_person, desk_samples


def addresses(site: AdminSite) -> list[URLPattern]:
    """Return the addresses of every page of the desk."""
    pages: tuple[tuple[str, Callable[..., Any], str], ...] = (
        ("desk/", desk_home.home, "desk"),
        ("desk/person/", desk_person.ask, "desk_person"),
        ("desk/person/answer/", desk_person.answer, "desk_person_answer"),
        ("desk/auditors/", desk_auditors.auditors, "desk_auditors"),
        ("desk/table/", desk_export.export, "desk_export"),
        ("desk/pack/", desk_packs.of_filters, "desk_pack"),
        ("desk/pack/alert/<uuid:alert>/", desk_packs.of_alert, "desk_pack_alert"),
        ("desk/pack/sample/<uuid:sample>/", desk_packs.of_sample, "desk_pack_sample"),
        ("desk/samples/", desk_samples.samples, "desk_samples"),
        ("desk/samples/<uuid:sample>/", desk_samples.sample, "desk_sample"),
        ("desk/samples/drawn/<uuid:drawn>/", desk_samples.drawn_inquiry, "desk_drawn"),
    )
    return [path(address, site.admin_view(page), name=name) for address, page, name in pages]
