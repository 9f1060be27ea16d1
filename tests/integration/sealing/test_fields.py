"""A sealed field is text in the hands of its row and ciphertext everywhere else."""

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection

from registry.models import ViolationRecord
from sealing import cipher
from sealing.cipher import Unopenable

from .rows import RECORDS, draft, new_subject

pytestmark = pytest.mark.usefixtures("db")
NAME = "样本人物甲"


def test_the_row_holds_ciphertext_and_the_attribute_text():
    record = draft(new_subject())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, {RECORDS}::text FROM {RECORDS} WHERE id = %s", [record.id])
        stored, whole = cursor.fetchone()
    assert NAME.encode() not in bytes(stored)
    assert NAME not in whole
    assert ViolationRecord.objects.get(pk=record.pk).name == NAME


def test_loading_a_row_opens_nothing(monkeypatch):
    record = draft(new_subject())
    opened = []
    monkeypatch.setattr(cipher, "opened", lambda *a, **k: opened.append(k["place"]) or b"x")
    loaded = ViolationRecord.objects.get(pk=record.pk)
    assert opened == []
    assert (loaded.name, len(opened)) == ("x", 1)
    assert opened[0] == (RECORDS, "name", str(record.pk))


def test_a_value_moved_to_another_row_or_column_does_not_open():
    first, second = draft(new_subject()), draft(new_subject())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {RECORDS} SET address = facts, name = (SELECT name FROM {RECORDS} WHERE id = %s)"
            " WHERE id = %s",
            [first.id, second.id],
        )
    moved = ViolationRecord.objects.get(pk=second.pk)
    for name in ("address", "name"):
        with pytest.raises(Unopenable):
            getattr(moved, name)


def test_saved_again_unread_it_keeps_its_bytes():
    record = draft(new_subject())
    loaded = ViolationRecord.objects.get(pk=record.pk)
    loaded.fine = 100
    loaded.save()
    assert ViolationRecord.objects.get(pk=record.pk).name == NAME


@pytest.mark.parametrize("lookup", ["name", "name__contains", "name__in", "name__exact"])
def test_it_cannot_be_searched(lookup):
    with pytest.raises(FieldError, match="sealed"):
        ViolationRecord.objects.filter(**{lookup: NAME}).exists()


def test_it_cannot_be_written_in_bulk_or_exported():
    record = draft(new_subject())
    with pytest.raises(FieldError, match="sealed"):
        ViolationRecord.objects.filter(pk=record.pk).update(name=NAME)
    with pytest.raises(FieldError, match="sealed"):
        serializers.serialize("json", [record])


def test_nothing_that_is_printed_shows_it():
    record = ViolationRecord.objects.get(pk=draft(new_subject()).pk)
    assert NAME not in f"{record!r} {record} {record.__dict__}"
