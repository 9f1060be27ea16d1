"""Every address of the site, as one path each, found in the resolver and not in a list somebody keeps."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from django.utils.regex_helper import normalize

from access.inquiry import RECEIPT_LENGTH

OF_A_CONVERTER = {
    "int": "1",
    "str": "x",
    "slug": "x",
    "uuid": str(uuid.UUID(int=7)),
    "path": "1",
}
OF_A_PARAMETER = {"receipt": "2" * RECEIPT_LENGTH}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver: what it is called, what it asks for, and how a path of it is written."""

    name: str
    form: str
    parameters: tuple[tuple[str, str], ...]

    def path(self, **known: str) -> str:
        """Return a path; parameters that are not given get a value of the right form that names nothing."""
        return "/" + self.form % {**dict(self.parameters), **known}

    @property
    def shown(self) -> str:
        """Return the path for people, with `<parameter>` where something is filled in."""
        return "/" + self.form % {name: f"<{name}>" for name, _ in self.parameters}


def every_address() -> list[Address]:
    """Return each address once, in the order of the resolver."""
    found = {
        address.form: address for address in reversed(list(_below(get_resolver(), "", {}, "")))
    }
    return sorted(found.values(), key=lambda address: address.form)


def _below(
    resolver: URLResolver, before: str, given: Mapping[str, str], space: str
) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        form, parameters = _written(entry)
        form, parameters = before + form, {**given, **parameters}
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _below(entry, form, parameters, inner)
        else:
            yield Address(f"{space}{entry.name or ''}", form, tuple(parameters.items()))


def _written(entry: URLPattern | URLResolver) -> tuple[str, dict[str, str]]:
    """Return the form of a path with `%(name)s` in it, and a value for each name."""
    if isinstance(entry.pattern, RoutePattern):
        form, values = str(entry.pattern), {}
        for name, converter in entry.pattern.converters.items():
            kind = (
                type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
            )
            values[name] = OF_A_PARAMETER.get(name) or OF_A_CONVERTER[kind]
            form = form.replace(f"<{kind}:{name}>", f"%({name})s").replace(
                f"<{name}>", f"%({name})s"
            )
        return form, values
    [(form, names), *_] = normalize(entry.pattern.regex.pattern)
    return form, {name: OF_A_PARAMETER.get(name, "1") for name in names}


def leads_somewhere(address: Address) -> bool:
    """Say whether the resolver takes the path we wrote for an address."""
    return resolve(address.path()) is not None
