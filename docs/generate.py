"""Write docs/reference from the code: settings, command line, events, HTTP API, metrics.

    python docs/generate.py            # write
    python docs/generate.py --check    # write nothing, fail on what is out of date

What has no sentence of documentation in the code is refused by name, so an undocumented setting cannot be released.
"""

import argparse
import difflib
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click
import msgspec

from standfirst.config import Config
from standfirst.story import events

REFERENCE = Path(__file__).parent / "reference"
HEAD = "<!-- Written by docs/generate.py; edit the code instead and run `make docs`. -->\n\n"


class UndocumentedError(Exception):
    """Something readers of the reference can use has no documentation; the message names it and where to write it."""


def main(argv: list[str]) -> int:
    """Write or check every page. Exit code 1 when `--check` finds a page out of date or something undocumented."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is out of date")
    check = parser.parse_args(argv).check
    try:
        made = {name: make() for name, make in PAGES.items()}
    except UndocumentedError as error:
        print(error, file=sys.stderr)
        return 1
    stale = {name: text for name, text in made.items() if _stored(name) != text}
    for name, text in stale.items():
        if check:
            sys.stderr.writelines(
                difflib.unified_diff(
                    _stored(name).splitlines(True), text.splitlines(True), f"docs/reference/{name}", "generated"
                )
            )
        else:
            (REFERENCE / name).write_text(text, encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    if check and stale:
        print(f"out of date: {', '.join(sorted(stale))}; run `make docs` and commit", file=sys.stderr)
    return 1 if check and stale else 0


def settings() -> str:
    """One row a setting, from `config.Config`."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for item in fields(Config):
        doc = _documented(item.metadata.get("doc"), f"setting {item.name}", "the field in src/standfirst/config.py")
        default = str(item.default)
        rows.append(f"| `STANDFIRST_{item.name.upper()}` | {f'`{default}`' if default else 'empty'} | {_cell(doc)} |")
    text = (
        "# Settings\n\nRead from the environment at start. The command line's own options win; "
        "`--home DIR` is `STANDFIRST_HOME` and `--database ADDRESS` is `STANDFIRST_DATABASE`.\n\n"
    )
    return HEAD + text + "\n".join(rows) + "\n"


def story_events() -> str:
    """Each event with its fields, from `story.events`."""
    parts = [
        HEAD,
        "# Events\n\nWhat an entry of the record can say. The name is the entry's `kind`. **Committed** "
        "fields hold words or names: in the chain a salted commitment stands for them, so that they can be erased. "
        "Times are UTC.\n",
    ]
    for name, cls in sorted(events.EVENTS.items()):
        doc = _documented(
            cls.__dict__.get("__doc__"), f"event {name}", "its docstring in src/standfirst/story/events.py"
        )
        parts.append(f"\n## {name}\n\nVersion {cls.VERSION}. {' '.join(doc.split())}\n")
        parts.append("\n| field | type | |\n|---|---|---|\n")
        hints = get_type_hints(cls, include_extras=True)
        for item in msgspec.structs.fields(cls):
            notes = ["committed"] if item.name in events.COMMITTED[name] else []
            if not item.required:
                notes.append("optional")
            parts.append(f"| `{item.name}` | {_cell(_type(hints[item.name]))} | {', '.join(notes)} |\n")
    return "".join(parts)


def command_line() -> str:
    """Each command with its help and options, from the click tree."""
    from standfirst.cli import main as root

    parts = [HEAD, "# Command line\n\nEvery command takes `--home` and `--database` as well.\n"]
    for path, command in _commands("standfirst", root):
        if command.hidden:
            continue
        doc = _documented(command.help, f"command `{path}`", "its docstring in the command line's source")
        usage = " ".join([path, *command.collect_usage_pieces(click.Context(command))])
        parts.append(
            f"\n{'#' * (1 + len(path.split()))} {path}\n\n`{usage}`\n\n{inspect.cleandoc(doc).replace(chr(8), '')}\n"
        )
        shown = {option.name for option in root.params} if command is not root else set()  # below, they are the same
        options = [
            item
            for item in command.params
            if isinstance(item, click.Option) and not item.hidden and item.name not in shown
        ]
        if options:
            parts.append("\n| option | meaning |\n|---|---|\n")
        for option in options:
            text = _documented(
                option.help, f"option {option.opts[0]} of `{path}`", "its help= in the command line's source"
            )
            parts.append(f"| `{_cell(_option(option))}` | {_cell(text)} |\n")
    return "".join(parts)


def openapi() -> str:
    """The OpenAPI description of the write API."""
    return json.dumps(_openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def http_api() -> str:
    """A page for people from the OpenAPI description."""
    schema = _openapi()
    parts = [
        HEAD,
        "# HTTP API\n\nThe same as data: [openapi.json](openapi.json). Every request carries "
        "`Authorization: Bearer TOKEN`, every write an `Idempotency-Key` of your choice: the same key gives the same "
        "answer. Errors are RFC 9457 problems.\n",
    ]
    for path, methods in sorted(schema["paths"].items()):
        for method, operation in sorted(methods.items()):
            where = f"{method.upper()} {path}"
            doc = _documented(
                operation.get("description") or operation.get("summary"),
                where,
                "the handler's docstring in src/standfirst/desk",
            )
            parts.append(f"\n## `{where}`\n\n{doc.strip()}\n")
            given = operation.get("parameters", [])
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if given or body:
                parts.append("\n| given | where | type | |\n|---|---|---|---|\n")
            for item in given:
                need = "required" if item.get("required") else ""
                parts.append(
                    f"| `{item['name']}` | {item['in']} | {_cell(_json_type(item.get('schema', {})))} | {need} |\n"
                )
            for name, item, need in _properties(schema, body or {}):
                parts.append(f"| `{name}` | body | {_cell(_json_type(item))} | {need} |\n")
            answers = [
                f"{code} {' '.join(item.get('description', '').split())}".strip()
                for code, item in sorted(operation["responses"].items())
            ]
            parts.append(f"\nAnswers: {', '.join(answers)}.\n")
    return "".join(parts)


def permissions() -> str:
    """Who may do what, from the rules themselves."""
    _openapi()  # sets Django up
    from permissions import page  # beside this file

    from standfirst.site.permissions import rules

    return HEAD + page([(rule.method, rule.path, rule.action, rule.instead) for rule in rules()])


def metrics() -> str:
    """One row a metric, from `edge.metrics`."""
    from standfirst.edge.metrics import METRICS

    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in METRICS:
        doc = _documented(metric.doc, f"metric {metric.name}", "its row in src/standfirst/edge/metrics.py")
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {_cell(doc)} |")
    text = (
        "# Metrics\n\nWhat a process tells Prometheus at `STANDFIRST_METRICS_PORT`; "
        "[Watch a server](../howto/watch.md) says how. Beside these, `process_cpu_seconds_total`, "
        "`process_resident_memory_bytes`, `process_open_fds`, `process_max_fds` and the like say what the process "
        "itself uses.\n\n"
    )
    return HEAD + text + "\n".join(rows) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "events.md": story_events,
    "command-line.md": command_line,
    "http-api.md": http_api,
    "metrics.md": metrics,
    "openapi.json": openapi,
    "permissions.md": permissions,
}


def _stored(name: str) -> str:
    path = REFERENCE / name
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _documented(doc: str | None, what: str, where: str) -> str:
    if not doc or not doc.strip():
        raise UndocumentedError(f"{what} has no documentation: write {where}")
    return doc


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _type(hint: Any) -> str:  # Any: whatever stands in an annotation
    """A type in words that a newcomer to Python can read."""
    origin, args = get_origin(hint), get_args(hint)
    if hint in (events.Document, events.Body):
        return "document"
    if origin is Annotated:
        return _type(args[0])
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in args)
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if args and origin in (Union, type(int | None)):
        return " or ".join("nothing" if arg is type(None) else _type(arg) for arg in args)
    name: str = hint.__name__
    return {"str": "text", "bool": "yes or no", "int": "whole number", "datetime": "time"}.get(name, name)


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _commands(f"{path} {name}", child)


def _option(option: click.Option) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return (
        names
        if option.is_flag or option.count
        else f"{names} {option.make_metavar(click.Context(click.Command('standfirst')))}"
    )


def _openapi() -> dict[str, Any]:  # Any: JSON
    """The schema needs Django's settings, which need a home folder: an empty one, thrown away."""
    import django

    if "STANDFIRST_HOME" not in os.environ:
        os.environ["STANDFIRST_HOME"] = tempfile.mkdtemp(prefix="standfirst-docs-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "standfirst.site.settings")
    django.setup()
    from standfirst.desk.api import api

    schema: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return schema


def _json_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_json_type(item) for item in schema[several])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_json_type(schema.get('items', {}))}"
    name: str = schema.get("format") or schema.get("type", "anything")
    return {
        "string": "text",
        "boolean": "yes or no",
        "integer": "whole number",
        "null": "nothing",
        "date-time": "time",
    }.get(name, name)


def _properties(schema: dict[str, Any], body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    if "$ref" in body:
        body = schema["components"]["schemas"][body["$ref"].rsplit("/", 1)[-1]]
    for name, item in body.get("properties", {}).items():
        yield name, item, "required" if name in body.get("required", []) else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
