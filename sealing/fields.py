"""Model fields that hold ciphertext and decrypt on access only.

Loading a row opens nothing; reading the attribute opens that one value, bound to its table, column and row.
A sealed field cannot be filtered or ordered by: the database does not know its content.
"""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from sealing import cipher


class Envelope(bytes):
    """Ciphertext as loaded from the database."""

    def __repr__(self) -> str:
        return "<sealed>"


class _OpensOnAccess(DeferredAttribute):
    field: "SealedField"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        held = super().__get__(instance, cls)
        if not isinstance(held, Envelope):
            return held
        return self.field.opened(instance, bytes(held))

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):
    """Text that only ciphertext of leaves the process; the row's key must be known before it is saved."""

    descriptor_class = _OpensOnAccess

    if TYPE_CHECKING:
        # What the type checker takes for set and get: text, not the stored bytes.
        _pyi_private_set_type: str | None
        _pyi_private_get_type: str  # type: ignore[assignment]

    def place(self, instance: models.Model) -> tuple[str, str, str]:
        """Return what the ciphertext is bound to: table, column, row."""
        return (instance._meta.db_table, self.column or self.name, str(instance.pk))

    def opened(self, instance: models.Model, envelope: bytes) -> str:
        """Return the plain text of this field's envelope in this row."""
        return cipher.opened(envelope, place=self.place(instance)).decode()

    def sealed(self, instance: models.Model, text: str) -> bytes:
        """Return the envelope of a text for this field in this row."""
        return cipher.seal(text.encode(), place=self.place(instance))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Envelope(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = model_instance.__dict__.get(self.attname)
        if held is None or isinstance(held, Envelope):
            return held
        if not isinstance(held, str):
            raise FieldError(f"{self.name} takes text.")
        return Envelope(self.sealed(model_instance, held))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Envelope):
            return value
        raise FieldError(
            f"{self.name} is sealed: it cannot be searched, compared or updated in bulk."
        )

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is sealed: it cannot be searched or compared.")

    def value_to_string(self, obj: models.Model) -> str:
        raise FieldError(f"{self.name} is sealed: it is not exported.")


def sealed_models() -> "list[type[models.Model]]":
    """Return every model with a sealed field of its own, by table."""
    found = [model for model in apps.get_models() if sealed_fields(model)]
    return sorted(found, key=lambda model: model._meta.db_table)


def sealed_fields(model: "type[models.Model]") -> list[SealedField]:
    """Return the sealed fields of a model's table."""
    return [found for found in model._meta.local_fields if isinstance(found, SealedField)]
