"""The body of an update: ProseMirror JSON of our own schema. Nothing enters the record before `parse` accepted it.

    doc > (paragraph | heading | bullet_list | ordered_list | blockquote | article_card | divider)+
    paragraph, heading(level 2|3) > (text | hard_break)*        marks on text: link(href), strong, em
    bullet_list, ordered_list > list_item+ > (paragraph | bullet_list | ordered_list)+
    blockquote(speaker?, role?) > paragraph+
    article_card(title, url?, summary?, label?), divider         leaves

`erased` is the one block that `parse` refuses: it stands where the record lost a body (`events.NO_WORDS`).
"""

from standfirst.story.document.compose import (
    article_card,
    blockquote,
    bullet_list,
    divider,
    doc,
    from_plain,
    hard_break,
    heading,
    ordered_list,
    paragraph,
    text,
)
from standfirst.story.document.parsing import parse
from standfirst.story.document.plaintext import plain, words
from standfirst.story.document.schema import (
    BLOCKS,
    INLINE,
    LISTS,
    MARKS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    DocumentRefused,
    Node,
)

__all__ = [
    "BLOCKS",
    "INLINE",
    "LISTS",
    "MARKS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "DocumentRefused",
    "Node",
    "article_card",
    "blockquote",
    "bullet_list",
    "divider",
    "doc",
    "from_plain",
    "hard_break",
    "heading",
    "ordered_list",
    "paragraph",
    "parse",
    "plain",
    "text",
    "words",
]
