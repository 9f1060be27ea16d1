"""What every model of the project must and must not be: sealed where it is personal, the same for everybody."""

import re
from collections.abc import Iterator

import pytest
from django import forms
from django.apps import apps
from django.contrib.admin.sites import all_sites
from django.db import models
from django.urls import get_resolver

from sealing.fields import SealedField
from sealing.guards import sealed_tables
from tests.house.sources import APPS

# Everything else about a record is ciphertext. A column is added here on purpose, or not at all.
RECORD_IN_THE_CLEAR = {
    *("id", "subject", "decision_key", "duplicate_key", "content_digest", "index_version"),
    *(
        "law",
        "organ_code",
        "organ_name",
        "organ_level",
        "decided_on",
        "acted_on",
        "served_on",
        "offence_code",
    ),
    *("warning", "fine", "detention_days", "foreigner_measure", "execution"),
    *("stage", "origin", "clerk", "clerk_unit", "verified_by", "created_at", "entry", "replaces"),
    *("sealed_at", "sealed"),
    *("outcome", "outcome_on", "act_key"),
}
UNFINISHED_IN_THE_CLEAR = {
    *("id", "clerk", "clerk_unit", "draft", "outcome", "version", "window"),
    *("started_at", "saved_at"),
}
INQUIRY_IN_THE_CLEAR = {
    *(
        "id",
        "receipt",
        "unit",
        "made_by",
        "made_at",
        "made_on",
        "exception",
        "provision",
        "case_kind",
        "check_kind",
    ),
    *("officials", "letter_issued_on", "case_opened_on", "undertaking", "sweep_key"),
    "person_key",
    *("status", "reasons", "review_reasons", "scope", "decided_at", "expires_at", "views"),
    *("client", "proof"),
}
VOTE_IN_THE_CLEAR = {
    *("id", "inquiry", "round", "officer", "officer_number", "officer_unit"),
    *("vote", "reasons", "scope", "cast_at"),
}
PROPOSAL_IN_THE_CLEAR = {
    *("id", "authorisation", "unit", "ground", "valid_from", "valid_to", "officials", "resumes"),
    *("letter_issued_on", "made_by", "made_at", "state", "decided_by", "decided_at"),
    "daily_budget",
}
CONTEST_IN_THE_CLEAR = {
    *("id", "inquiry", "made_by", "made_on", "denied_at", "denied_for", "denied_on_review"),
    *("state", "codes", "reasons_today", "decided_at"),
}
NOTIFICATION_IN_THE_CLEAR = {
    *("id", "unit", "record", "entry", "officers", "recipient_kind", "made_at", "earlier"),
}
COPIES_IN_THE_CLEAR = {*("id", "inquiry", "act", "until", "made_by", "made_at", "entry")}
ROSTER_IN_THE_CLEAR = {
    *("id", "receipt", "unit", "made_by", "made_at", "provision", "size", "officials"),
    *("letter_issued_on", "undertaking", "state", "sent_at"),
}
PERSONAL = re.compile(
    r"vip|special|celebrit|notable|famous|hidden|invisible|secret|confidential|classif|protect|privileg|exempt"
    r"|whitelist|blacklist|allowlist|denylist|watch|level_of_care|importan|priority|restricted|unseal|visible|cadre|rank"
)


def ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


def sealed() -> list[type[models.Model]]:
    return [
        model
        for model in ours()
        if any(isinstance(field, SealedField) for field in model._meta.fields)
    ]


def test_the_sealed_models_are_found() -> None:
    assert {model._meta.label for model in sealed()} == {
        "registry.ViolationRecord",
        "access.AlertNote",
        "access.Judgement",
        "access.ReadingReason",
        "access.CopyStatement",
        "registry.UnfinishedEntry",
        "access.AuthorisationProposal",
        "access.Contest",
        "access.ContestVote",
        "access.Inquiry",
        "access.Notification",
        "access.OfficialName",
        "access.ReviewVote",
        "access.ReviewQuestion",
        "access.ReviewReply",
        "access.Roster",
        "access.RosterPerson",
    }


def test_no_sealed_model_is_in_any_administration() -> None:
    _load_every_page()
    registered = {model for site in all_sites for model in site._registry}
    assert registered, "no site was looked at"
    assert not registered & set(sealed())
    inlines = {
        inline.model
        for site in all_sites
        for part in site._registry.values()
        for inline in part.inlines
    }
    assert not inlines & set(sealed())


def test_no_sealed_model_is_in_the_staff_change_log() -> None:
    from auditlog.registry import auditlog
    from django.conf import settings

    kept = set(auditlog.get_models())
    assert kept, "nothing is kept: nothing was looked at"
    assert not kept & set(sealed())
    assert settings.AUDITLOG_INCLUDE_ALL_MODELS is False


def test_no_form_is_made_of_a_sealed_model() -> None:
    """A model form would take `subject`, `sealed_at` and ciphertext from whoever posts them."""
    _load_every_page()
    assert [
        form for form in _below(forms.ModelForm) if getattr(form._meta, "model", None) in sealed()
    ] == []


def test_what_stands_in_the_clear_was_decided() -> None:
    expected = {
        "registry.ViolationRecord": RECORD_IN_THE_CLEAR,
        "registry.UnfinishedEntry": UNFINISHED_IN_THE_CLEAR,
        "access.Inquiry": INQUIRY_IN_THE_CLEAR,
        "access.Notification": NOTIFICATION_IN_THE_CLEAR,
        "access.CopyStatement": COPIES_IN_THE_CLEAR,
        "access.AuthorisationProposal": PROPOSAL_IN_THE_CLEAR,
        "access.Contest": CONTEST_IN_THE_CLEAR,
        "access.ContestVote": (VOTE_IN_THE_CLEAR - {"inquiry", "round"}) | {"contest"},
        "access.ReviewVote": VOTE_IN_THE_CLEAR,
        "access.Judgement": {"id", "drawn", "verdict", "cause", "by", "at"},
        "access.ReadingReason": {"id", "entry", "by", "at"},
        "access.ReviewQuestion": {"id", "inquiry", "round", "codes", "asked_on"},
        "access.Roster": ROSTER_IN_THE_CLEAR,
        "access.RosterPerson": {"id", "roster", "number", "person_key"},
        "access.ReviewReply": {"id", "question", "replied_by", "replied_on", "letter_issued_on"},
    }
    for label, in_the_clear in expected.items():
        found = apps.get_model(label)._meta.fields
        assert {field.name for field in found if not isinstance(field, SealedField)} == in_the_clear


def test_no_column_treats_a_person_specially() -> None:
    columns = [
        f"{model._meta.label}.{field.name}"
        for model in ours()
        for field in model._meta.get_fields()
    ]
    assert len(columns) > 80
    assert [column for column in columns if PERSONAL.search(column.split(".")[-1])] == []


@pytest.mark.parametrize(
    "name", ["is_vip", "special_sealing", "hidden", "protection_level", "exempt_from_search"]
)
def test_such_a_column_would_be_found(name: str) -> None:
    assert PERSONAL.search(name)


def test_no_right_is_made_for_records() -> None:
    """Django's default permissions would offer "can view violation record" to every administrator."""
    made = {permission for model in sealed() for permission in model._meta.default_permissions}
    assert made <= {"view"}
    assert apps.get_model("registry.ViolationRecord")._meta.default_permissions == ()


def test_the_lock_is_on_every_table_of_records(superuser_connection) -> None:
    tables = {
        model._meta.db_table
        for model in sealed()
        if {"subject", "sealed_at"} & {field.name for field in model._meta.fields}
    }
    assert tables == set(sealed_tables()) != set()
    for table in tables:
        found = superuser_connection.execute(
            "SELECT relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) FROM pg_class"
            " WHERE oid = to_regclass(%s)",
            [table],
        ).fetchone()
        assert found == (True, True, "registry_owner")


def test_a_new_sealed_field_would_be_missed_in_rotation_and_is_noticed(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sealing import keeper_guards

    assert [*keeper_guards.rights_of_the_keeper(), *keeper_guards.sealed_columns_watched()] == []
    added = SealedField()
    added.set_attributes_from_name("nickname")
    monkeypatch.setattr(keeper_guards, "sealed_fields", lambda model: [*model_fields(model), added])
    assert any("nickname" in found.msg for found in keeper_guards.rights_of_the_keeper())
    assert len(list(keeper_guards.sealed_columns_watched())) == len(sealed())


def model_fields(model: type[models.Model]) -> list[SealedField]:
    return [field for field in model._meta.local_fields if isinstance(field, SealedField)]


def test_no_foreign_key_points_at_a_sealed_row_or_out_of_one() -> None:
    """The check behind a foreign key looks past row security and tells whether a row is there."""
    records = apps.get_model("registry.ViolationRecord")
    for model in apps.get_models():
        for field in model._meta.get_fields():
            target = getattr(field, "remote_field", None) and field.related_model
            if getattr(field, "concrete", False) and target:
                assert records not in (model, target), f"{model._meta.label}.{field.name}"


def _load_every_page() -> None:
    """Import all that the addresses lead to, so that their forms and registrations exist."""
    get_resolver().url_patterns  # noqa: B018 - the import is the point


def _below(base: type) -> Iterator[type]:
    for found in base.__subclasses__():
        yield found
        yield from _below(found)
