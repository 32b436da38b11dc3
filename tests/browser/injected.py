"""Text that would run if a page took it for mark-up, and requests to the API with it in every field that is free text.

The fields come from the OpenAPI document: whoever adds one has it tried here.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

SUM = "60481729"
"""What a template would make of the sum among the payloads."""
PAYLOADS = (
    "javascript:window.pwned=1",
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<base href=//evil.example>",
    '"><svg onload=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    "{{7777*7777}}${7777*7777}{%now 'Y'%}",
    "</title><script>window.pwned=1</script>",
    "--></script><img src=x onerror=pwned=1>",
    '" autofocus onfocus=window.pwned=1 x="',
    "</textarea><svg onload=window.pwned=1>",
    "</style><img src=//evil.example/x.png>",
    '"};window.pwned=1;//',
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "]]><script>window.pwned=1</script>",
    "</option></select><svg onload=pwned=1>",
    '<a href="javascript:pwned=1">here</a>',
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<style>@import '//evil.example/x.css';body{display:none}</style>",
    "<img src=x onerror=alert(1)>",
)
ADDRESSES = (
    "javascript:window.pwned=1",
    " JavaScript:window.pwned=1",
    "java\tscript:window.pwned=1",
    "data:text/html,<script>window.opener.pwned=1</script>",
    "vbscript:pwned=1",
    'https://elsewhere.example/"onmouseover=pwned=1 x="',
    "https://elsewhere.example/'><svg/onload=pwned=1>",
)
"""What the target of a link might be."""

NEEDED = frozenset({"body", "text", "headline"})
"""What may not be refused: without it nothing much would be tried."""

JSON = dict[str, Any]  # Any: JSON


def packed(longest: int) -> list[str]:
    """As few texts as hold all payloads that fit: what stands behind another still breaks out of where it is."""
    found = [""]
    for payload in PAYLOADS:
        if len(payload) > longest:
            continue
        if len(found[-1]) + len(payload) > longest:
            found.append("")
        found[-1] += payload
    return found


class Filler:
    """Values for JSON Schemas, whose free text comes from the payloads in turn."""

    def __init__(self, components: JSON) -> None:
        self._components = components
        self._turns: dict[int, Iterator[str]] = {}

    def fill(self, schema: JSON) -> Any:  # Any: JSON
        """None for what is optional and no free text."""
        if "$ref" in schema:
            return self.fill(self._components[schema["$ref"].rpartition("/")[2]])
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if "anyOf" in schema:
            return self.fill(next(one for one in schema["anyOf"] if one.get("type") != "null"))
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if "object" in kinds:
            return self._object(schema)
        if "array" in kinds:
            return self._array(schema)
        return self._string(schema) if "string" in kinds else None

    def _object(self, schema: JSON) -> JSON:
        found = {name: self.fill(one) for name, one in schema["properties"].items()}
        if found.get("type") == "paragraph" and not found.get("content"):
            found["content"] = [{"type": "text", "text": self._words(4000)}]
        return {name: value for name, value in found.items() if value is not None}

    def _array(self, schema: JSON) -> list[Any]:  # Any: JSON
        items = schema["items"]
        if "anyOf" not in items:
            count = min(schema["maxItems"], len(PAYLOADS)) if "$ref" in items or items["type"] == "string" else 1
            return [self.fill(items) for _ in range(count)]
        found = [self.fill(one) for one in items["anyOf"]]
        links = [one for one in found if one["type"] == "link"]
        return links or found

    def _string(self, schema: JSON) -> str | None:
        if "pattern" not in schema:
            said = re.search(r"at most (\d+) characters", schema.get("description", ""))
            return None if "format" in schema else self._words(int(said[1]) if said else schema["maxLength"])
        if "https?" in schema["pattern"]:
            return f"https://elsewhere.example/{quote(self._words(400))}"
        return None

    def _words(self, longest: int) -> str:
        longest = min(longest, 300)  # more would not be more places
        return next(self._turns.setdefault(longest, itertools.cycle(packed(longest))))


class Injector:
    """Fills the API. `refused` names fields that took a payload not, with it; `sent` the operations tried."""

    def __init__(self, client: httpx.Client, token: str) -> None:
        self._client, self._token = client, token
        self._count = itertools.count()
        self.document = client.get("/openapi.json", headers={"Authorization": f"Bearer {token}"}).json()
        self._filler = Filler(self.document["components"]["schemas"])
        self.refused: set[str] = set()
        self.sent: set[str] = set()

    def operations(self) -> set[str]:
        """All that take free text."""
        return {name for name, (_, schema) in self._bodies().items() if _free(schema, self._filler)}

    def fill(self, operation: str, path: str, *leave: str, **fixed: object) -> JSON:
        """Send it, whatever is refused left out; the answer. `leave` names fields to leave out."""
        method, schema = self._bodies()[operation]
        words = {name: value for name, value in self._filler.fill(schema).items() if name not in leave} | fixed
        self.sent.add(operation)
        for _ in range(6):
            answer = self.send(method, path, words)
            if answer.status_code != 422 or "errors" not in answer.json():
                break
            for error in reversed(answer.json()["errors"]):
                self._without(words, operation, error["field"])
        assert answer.is_success, f"{operation} {path}: {answer.status_code} {answer.text[:600]}"
        found: JSON = answer.json()
        return found

    def send(self, method: str, path: str, words: object = None) -> httpx.Response:
        """With a key that is a payload too, for it is kept."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Idempotency-Key": f'"><script>window.pwned=1</script>{next(self._count)}',
            "If-Match" if "/drafts/" not in path or method != "PUT" else "If-None-Match": "*",
        }
        return self._client.request(method, path, json=words, headers=headers)

    def _without(self, words: JSON, operation: str, field: str) -> None:
        name, number = re.fullmatch(r"(\w+)(?:\[(\d+)\])?.*", field).groups()  # type: ignore[union-attr]  # it matches
        if number is not None and isinstance(words.get(name), list):
            self.refused.add(f"{operation}.{name}: {words[name].pop(int(number))}")
        elif name in words and name not in NEEDED:
            self.refused.add(f"{operation}.{name}")
            del words[name]

    def _bodies(self) -> dict[str, tuple[str, JSON]]:
        return {
            one["operationId"]: (method.upper(), one["requestBody"]["content"]["application/json"]["schema"])
            for methods in self.document["paths"].values()
            for method, one in methods.items()
            if "requestBody" in one
        }


def _free(schema: JSON, filler: Filler) -> bool:
    return any(payload[:12] in str(filler.fill(schema)) for payload in PAYLOADS)
