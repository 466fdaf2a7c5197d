"""One text, two shapes: a letter's written template becomes its plain text and its HTML.

A template prints values and asks whether they are there, nothing else: they arrive marked, so that a paragraph, a list
and the one link come from the template alone, whatever a value says. Values hold no control characters; marks are such.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.template.loader import render_to_string

PROMISE = "El Ministerio nunca pide contraseñas ni llaves de acceso por correo."

_VALUE = "\x01"
_ADDRESSES = {"portal": "\x02", "link": "\x03"}
_DETAIL = "    "
_ITEM = re.compile(r"[-•] ")


class Kind(StrEnum):
    PARAGRAPH = "paragraph"
    LIST = "list"
    DETAIL = "detail"
    ACTION = "action"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Block:
    kind: Kind
    lines: list[str]


def marked(told: Mapping[str, str]) -> dict[str, str]:
    """The context of a letter's template."""
    return {key: value and f"{_VALUE}{value}" for key, value in told.items()} | _ADDRESSES


def as_text(body: str, addresses: Mapping[str, str], *, reason: str) -> str:
    """The plain text, with its footer."""
    return f"{_plain(body.strip(), addresses)}\n\n{reason}\n{PROMISE}\n"


def as_html(body: str, addresses: Mapping[str, str], *, subject: str, action: str, reason: str) -> str:
    """The HTML, escaped; an address that stands alone on its line becomes the button."""
    context = {"subject": subject, "action": action, "reason": reason, "promise": PROMISE}
    return render_to_string("letters/frame.html", {**context, "blocks": _blocks(body, addresses)})


def _blocks(body: str, addresses: Mapping[str, str]) -> list[Block]:
    *chunks, signature = (chunk.split("\n") for chunk in re.split(r"\n(?: *\n)+", body.strip("\n")))
    blocks = [_block(lines, addresses) for lines in chunks]
    return [*blocks, Block(Kind.SIGNATURE, [_plain(line, addresses) for line in signature])]


def _block(lines: list[str], addresses: Mapping[str, str]) -> Block:
    if lines[0].strip() in _ADDRESSES.values():
        return Block(Kind.ACTION, [_plain(lines[0].strip(), addresses)])
    told = [_plain(line, addresses) for line in lines]
    if all(line.startswith(_DETAIL) for line in lines):
        return Block(Kind.DETAIL, [line.strip() for line in told])
    if _ITEM.match(lines[0]):
        return Block(Kind.LIST, _items(lines, told))
    return Block(Kind.PARAGRAPH, [" ".join(line.strip() for line in told)])


def _items(lines: list[str], told: list[str]) -> list[str]:
    """The items of a list; a line that begins none goes on with the one before."""
    items: list[str] = []
    for line, text in zip(lines, told, strict=True):
        if _ITEM.match(line):
            items.append(text[2:].strip())
        else:
            items[-1] += f" {text.strip()}"
    return items


def _plain(text: str, addresses: Mapping[str, str]) -> str:
    for name, address in addresses.items():
        text = text.replace(_ADDRESSES[name], address)
    return text.replace(_VALUE, "")
