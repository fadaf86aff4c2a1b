"""The own words of a reply: without what it quotes, and without signatures of programs.

`quotequail` finds what mail programs quote, in Dutch too. What it gets wrong is put right here: it takes an own
sentence ("Op dinsdag schreef ik aan Karin:") for the beginning of a quote, and leaves what telephones add.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_PHONE = re.compile(
    r"""^\s*(?:
        (?:verstuurd|verzonden|gestuurd)\s+(?:vanaf|vanuit|via|met|door)\b.{0,60}
      | sent\s+(?:from|with|via|using)\b.{0,60}
      | (?:get|download)\s+outlook\b.{0,80}
      | outlook\s+voor\s+\w+\s+downloaden.{0,60}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""What telephones and mail programs put below a mail."""
_QUOTES = re.compile(
    r"""^\s*(?:
        .{0,120}<[^>\s]+@[^>\s]+>.{0,20}(?:schreef|wrote)\b.{0,80}:
      | .{0,80}\b(?:schreef|wrote)\s(?:op|on)\b.{0,20}\d.{0,60}:
      | -{2,}\s*(?:oorspronkelijk|origineel|original|doorgestuurd|forwarded)\b.{0,40}-{2,}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Beginnings of a quote that quotequail does not know."""
_SIGNATURE = re.compile(r"^-- ?$")
_HAS_DAY = re.compile(r"\d")
_EMPTY = str.maketrans({"\xa0": " ", "\u200b": "", "\ufeff": "", "\u2060": ""})


def own_words(text: str) -> str:
    """The words that the sender of a reply wrote, with their lines; empty where there are none."""
    from quotequail import unwrap

    text = "\n".join(text.translate(_EMPTY).splitlines())
    found = unwrap(text)
    if found is not None and _HAS_DAY.search(found.get("date") or "0"):
        text = "\n".join(part for part in (found.get("text_top"), found.get("text_bottom")) if part)
    lines: list[str] = []
    for line in text.splitlines():
        if _SIGNATURE.match(line) or _QUOTES.match(line):
            break
        if not (line.lstrip().startswith(">") or _PHONE.match(line)):
            lines.append(line.rstrip())
    return "\n".join(lines).strip()


class _Words(HTMLParser):
    """The words of HTML, up to what it quotes."""

    LINES = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3"})
    SILENT = frozenset({"style", "script", "head", "title", "blockquote"})
    QUOTES = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"})
    CLASSES = frozenset({"gmail_quote", "gmail_quote_container", "gmail_attr", "moz-cite-prefix", "yahoo_quoted"})
    ENDLESS = frozenset({"br", "img", "hr", "meta", "link", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._silent: list[str] = []
        self._quotes = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begins a line, or what is not read."""
        values = dict(attrs)
        classes = set((values.get("class") or "").lower().split())
        self._quotes |= (values.get("id") or "").lower() in self.QUOTES
        silent = self._silent or tag in self.SILENT or classes & self.CLASSES
        if silent and tag not in self.ENDLESS:
            self._silent.append(tag)
        if tag in self.LINES:
            self.text += "\n"

    def handle_endtag(self, tag: str) -> None:
        """Ends it; tags that were left open end with the one around them."""
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Adds words."""
        if not self._silent and not self._quotes:
            self.text += re.sub(r"\s+", " ", data)


def words_of_html(html: str) -> str:
    """The words of a mail that has no plain text, without what it quotes where its program says so."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return re.sub(r"\n{3,}", "\n\n", parser.text).strip()
