"""The editor's schema against the server's: what `parse` accepts goes in, and comes out in its normal form."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from standfirst.story import document as d
from standfirst.story.document import parse
from tests.words import raw_bodies

FRONTEND = Path(__file__).parents[2] / "frontend"
ROUND = """
import { readFileSync } from "node:fs";
import { read, write } from "./desk/editor/document";
const found = JSON.parse(readFileSync(0, "utf8")).map((body) => {
  const doc = read(body);
  doc.check();
  return { body: write(doc), fixed: doc.children.filter((block) => block.type.name === "fixed").length };
});
process.stdout.write(JSON.stringify(found));
"""
pytestmark = pytest.mark.skipif(
    not shutil.which("node") or not (FRONTEND / "node_modules").exists(), reason="needs Node and `npm ci` in frontend/"
)


def through(tmp_path: Path, bodies: list[d.Node]) -> list[d.Node]:
    """What the editor makes of each: `body`, and how many blocks it did not understand (`fixed`)."""
    out = tmp_path / "round.mjs"
    options = ["--bundle", "--format=esm", "--platform=node", "--charset=utf8", "--log-level=error", f"--outfile={out}"]
    esbuild = FRONTEND / "node_modules" / ".bin" / "esbuild"
    subprocess.run([esbuild, *options], input=ROUND, text=True, cwd=FRONTEND, check=True)
    done = subprocess.run(["node", out], input=json.dumps(bodies), text=True, capture_output=True, check=True)
    found: list[d.Node] = json.loads(done.stdout)
    assert len(found) == len(bodies)
    return found


def test_every_document_goes_in_and_comes_out_in_normal_form(tmp_path: Path) -> None:
    raw: list[d.Node] = []

    @settings(max_examples=300, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
    @given(raw_bodies())
    def collect(body: d.Node) -> None:
        raw.append(body)

    collect()
    for body, found in zip(raw, through(tmp_path, raw), strict=True):
        assert found == {"body": parse(body), "fixed": 0}


def test_what_is_not_known_is_kept_as_it_came(tmp_path: Path) -> None:
    strange: list[d.Node] = [
        {"type": "erased"},
        {"type": "gallery", "attrs": {"pictures": [1, 2]}, "content": [{"type": "picture"}]},
        {"type": "heading", "attrs": {"level": 5}, "content": [{"type": "text", "text": "too low"}]},
        {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "underline"}]}]},
        {"type": "paragraph", "attrs": {"align": "left"}, "content": [{"type": "text", "text": "x"}]},
        {"type": "list_item", "content": [{"type": "paragraph"}]},
        {"type": "bullet_list"},
        {"type": "fixed", "attrs": {"kept": "{}"}},
    ]
    body = {"type": "doc", "content": [*strange, {"type": "paragraph", "content": [{"type": "text", "text": "mine"}]}]}
    assert through(tmp_path, [body]) == [{"body": body, "fixed": len(strange)}]


def test_what_may_be_left_out_may_be(tmp_path: Path) -> None:
    loose: list[d.Node] = [
        {"type": "doc"},
        {"type": "doc", "content": None},
        {"type": "doc", "content": [{"type": "paragraph", "attrs": None, "content": None}]},
        {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "", "marks": None}]}]},
        {"type": "doc", "content": [{"type": "blockquote", "attrs": {"speaker": None}, "content": [d.paragraph("a")]}]},
        {"type": "doc", "content": [{"type": "article_card", "attrs": {"title": " t ", "url": ""}}]},
        d.doc(d.paragraph(), d.paragraph("a\tb", d.text("c", "em", "strong")), d.heading(2)),
    ]
    assert [found["body"] for found in through(tmp_path, loose)] == [parse(body) for body in loose]
