"""Whatever comes from outside has a bound: in the API by its own document, in forms field by field."""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import get_resolver

import standfirst
from standfirst.desk.api import api
from standfirst.site import limits

DOCUMENT: Any = json.loads(json.dumps(api.get_openapi_schema(), default=str))


def unbounded(schema: Any, where: str, known: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Places in a JSON Schema where as much may stand as somebody likes. `known` are the components."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in seen:
            yield from unbounded(known[name], f"{where}/{name}", known, seen | {name})
        return
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from unbounded(one, where, known, seen)
    kinds = schema.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    closed = "enum" in schema or "const" in schema
    if "string" in kinds and not closed and "maxLength" not in schema:
        yield f"{where}: a string without maxLength"
    if "array" in kinds and "maxItems" not in schema:
        yield f"{where}: an array without maxItems"
    if {"integer", "number"} & set(kinds) and not closed and not {"minimum", "maximum"} <= schema.keys():
        yield f"{where}: a number without minimum and maximum"
    if isinstance(schema.get("additionalProperties"), dict) and "maxProperties" not in schema:
        yield f"{where}: an object without maxProperties"
    if "items" in schema:
        yield from unbounded(schema["items"], f"{where}[]", known, seen)
    for name, one in schema.get("properties", {}).items():
        yield from unbounded(one, f"{where}.{name}", known, seen)


def asked(document: Any) -> Iterator[tuple[str, Any]]:
    """Whatever a request may have in it: parameters, headers, bodies."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for one in operation.get("parameters", []):
                yield f"{method} {path} {one['name']}", one["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{method} {path}", content["schema"]


@pytest.mark.parametrize(("where", "schema"), list(asked(DOCUMENT)), ids=[where for where, _ in asked(DOCUMENT)])
def test_whatever_the_api_takes_has_bounds(where: str, schema: Any) -> None:
    assert list(unbounded(schema, where, DOCUMENT["components"]["schemas"])) == []


@pytest.mark.parametrize(
    "open_end",
    [
        {"type": "string"},
        {"type": ["string", "null"], "pattern": "^a*$"},
        {"type": "array", "items": {"const": 1}},
        {"type": "array", "maxItems": 3, "items": {"type": "string"}},
        {"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]},
        {"properties": {"x": {"$ref": "#/components/schemas/X"}}},
        {"type": "object", "additionalProperties": {"const": 1}},
    ],
)
def test_the_walk_finds_an_open_end(open_end: Any) -> None:
    assert list(unbounded(open_end, "here", {"X": {"type": "string"}}))


def everything() -> Iterator[type[forms.BaseForm]]:
    """Every form that can be reached from outside: ours, and django-allauth's."""
    get_resolver().url_patterns  # noqa: B018  # imports the views
    for module in pkgutil.walk_packages(standfirst.__path__, "standfirst."):
        if module.name.rpartition(".")[2] == "forms":
            importlib.import_module(module.name)
    waiting = list(forms.BaseForm.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.__module__.startswith(("standfirst.", "allauth.")) and getattr(one, "base_fields", None):
            yield one


def free(form: type[forms.BaseForm]) -> list[str]:
    """Fields of a form in which more than `limits.FIELD` characters would be its own matter."""
    found = []
    for name, field in form.base_fields.items():
        if isinstance(field, forms.CharField) and field.max_length is None:
            found.append(name)
        if isinstance(field, forms.IntegerField | forms.DecimalField) and None in (field.min_value, field.max_value):
            found.append(name)
    return found


def test_each_field_of_our_own_forms_has_bounds() -> None:
    ours = [form for form in everything() if form.__module__.startswith("standfirst.")]
    assert len(ours) >= 5
    unbound = {f"{form.__module__}.{form.__name__}": free(form) for form in ours}
    inherited = {  # what django-allauth declares is bounded for every form, see below
        name for form in everything() if form.__module__.startswith("allauth.") for name in free(form)
    }
    assert {name: set(free) - inherited for name, free in unbound.items() if set(free) - inherited} == {}


def test_the_look_at_forms_finds_an_open_end() -> None:
    class Open(forms.Form):
        words = forms.CharField()
        number = forms.IntegerField(min_value=1)
        short = forms.CharField(max_length=3)

    assert free(Open) == ["words", "number"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/account/login/", "/account/login/code/", "/account/password/reset/", "/account/2fa/webauthn/login/"],
)
def test_whatever_a_form_declares_no_field_is_longer_than_all_may_be(path: str) -> None:
    names = ["login", "email", "password", "code", "credential", "next", "anything", "csrfmiddlewaretoken"]
    for name in names:
        body = f"{name}={'x' * (limits.FIELD + 1)}"
        answer = Client().post(path, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 400, (path, name)
        fits = Client().post(path, f"{name}={'x' * 300}", content_type="application/x-www-form-urlencoded")
        assert fits.status_code < 500, (path, name)
