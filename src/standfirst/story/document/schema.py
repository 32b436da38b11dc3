"""What a body may hold, and how much; the package says it as a grammar."""

from typing import Any

MAX_BYTES = 64 * 1024  # of compact UTF-8 JSON
MAX_DEPTH = 64  # nodes inside one another, the doc included
MAX_NODES = 2000
MAX_URL = 2000  # characters

LISTS = ("bullet_list", "ordered_list")
BLOCKS = ("paragraph", "heading", *LISTS, "blockquote", "article_card", "divider")
INLINE = ("text", "hard_break")
MARKS = ("link", "strong", "em")
"""The marks in their fixed order, outermost first."""

CHILDREN: dict[str, tuple[str, ...]] = {
    "doc": BLOCKS,
    "paragraph": INLINE,
    "heading": INLINE,
    "bullet_list": ("list_item",),
    "ordered_list": ("list_item",),
    "list_item": ("paragraph", *LISTS),
    "blockquote": ("paragraph",),
}
WORDS: dict[str, dict[str, int]] = {  # attributes that hold one line of words: longest allowed, in characters
    "blockquote": {"speaker": 200, "role": 200},
    "article_card": {"title": 300, "summary": 1000, "label": 40},
}
ADDRESSES: dict[str, tuple[str, ...]] = {"article_card": ("url",)}  # optional: an imported card may have lost its own
REQUIRED: dict[str, tuple[str, ...]] = {"article_card": ("title",), "heading": ("level",)}

Node = dict[str, Any]  # Any: JSON


class DocumentRefused(ValueError):  # a refusal is no programming error
    """A body that is not of our schema: where (`content[0].marks[1].attrs.href`), what, and what to do."""

    def __init__(self, path: str, value: str, remedy: str) -> None:
        super().__init__(f"{path or 'body'}: {value}: {remedy}")
        self.path, self.value, self.remedy = path, value, remedy
