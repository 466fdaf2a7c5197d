"""What letters say and what they look like: one text, two shapes, and whatever a value holds stays text in both."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llaves.notifications.examples import EXAMPLES
from llaves.notifications.letters import DECLARED, Letter, LetterName, write

NAMES = list(LetterName)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</p><a href='https://evil.example'>Entre aquí</a>",
    '" onmouseover="alert(1)',
    "https://evil.example/entrar",
    "http://localhost:8000/",
    "javascript:alert(1)",
    "- una\n- lista",
    "• una lista",
    "    sangrado",
    "Hospital\n\nhttp://localhost:8000/activacion/\n\nde nadie",
    "Hospital\r\nBcc: everybody@example.com",
    "\x01\x02\x03",
    "\x02",
    "\x03",
    "\u202eoiretsiniM",
    "{{ link }}{% include 'base.html' %}",
    "{link}{portal}",
    "&lt;b&gt;",
]


class Read(HTMLParser):
    """The tags of a letter, and its words."""

    def __init__(self, letter: Letter) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(letter.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

        if tag == "body":
            self.words.clear()  # what stands in the head is not read

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return one_line(" ".join(self.words))

    def attributes(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def one_line(text: str) -> str:
    return " ".join(text.split())


def example(name: LetterName) -> Letter:
    return write(name, EXAMPLES[name])


def is_visible(value: str) -> bool:
    return any(unicodedata.category(character)[0] not in "CZ" for character in value)


def test_every_letter_declares_what_it_tells_and_has_an_example_of_just_that() -> None:
    assert set(NAMES) == set(DECLARED) == set(EXAMPLES)
    assert {name: set(EXAMPLES[name]) for name in NAMES} == {name: set(DECLARED[name].tells) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_both_shapes_say_the_same(name: LetterName) -> None:
    letter = example(name)
    read = Read(letter).text.partition(letter.subject)[2]
    button = f"{DECLARED[name].action} Si el botón no abre, copie esta dirección en su navegador: "
    assert one_line(letter.text) == one_line(read.replace(button, ""))


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_says_who_writes_why_and_what_is_never_asked(name: LetterName) -> None:
    letter = example(name)
    for shape in (letter.text, Read(letter).text):
        assert "Este es un mensaje automático; no lo responda." in shape
        assert DECLARED[name].reader in shape
        assert "El Ministerio nunca pide contraseñas ni llaves de acceso por correo." in shape
        assert not re.search(r"[{}\x00-\x09\x0b-\x1f]", shape)
    assert "Ministerio de Salud y Protección Social IHCE – Administración de Llaves de acceso" in Read(letter).text


@pytest.mark.parametrize("name", NAMES)
def test_every_value_it_tells_is_in_it(name: LetterName) -> None:
    letter = example(name)
    shown = {key: value for key, value in EXAMPLES[name].items() if not key.startswith("link_")}
    for value in shown.values():
        assert value in letter.text
        assert value in Read(letter).text


@pytest.mark.parametrize("name", NAMES)
def test_the_one_address_in_it_is_the_portals_as_a_button_and_in_clear(name: LetterName) -> None:
    letter, read = example(name), Read(example(name))
    found = re.findall(r"https?://\S+", letter.text)
    assert len(found) <= 1
    assert read.attributes("href") == found * 2
    assert all(address.startswith("http://localhost:8000/") for address in found)
    assert all(address in read.text for address in found)
    assert bool(found) == (DECLARED[name].action in read.text)


def test_whose_keys_were_revoked_reads_that_entra_may_accept_them_for_a_while() -> None:
    text = one_line(example(LetterName.CREDENTIALS_REVOKED).text)
    assert "Ya no sirven" not in text
    assert "las que generó el portal, en unos minutos; las registradas a mano, cuando un funcionario las borre" in text
    assert "hasta 90 minutos más" in text


@pytest.mark.parametrize("name", NAMES)
def test_it_fetches_nothing_and_can_be_read_aloud(name: LetterName) -> None:
    read = Read(example(name))
    tags = [tag for tag, _ in read.tags]
    assert not {"img", "link", "script", "iframe", "object", "form", "input", "svg", "video"} & set(tags)
    assert not re.search(r"url\(|@import|src=", example(name).html)
    assert read.attributes("lang") == ["es-CO"]
    assert tags.count("h1") == 1
    assert {attributes.get("role") for tag, attributes in read.tags if tag == "table"} == {"presentation"}


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_no_value_makes_a_tag_a_link_a_line_or_a_header(name: LetterName, value: str) -> None:
    _stays_text(name, dict.fromkeys(EXAMPLES[name], value))


def test_a_value_of_several_lines_is_read_on_one() -> None:
    usual = EXAMPLES[LetterName.REQUEST_RECEIVED]
    letter = write(LetterName.REQUEST_RECEIVED, {**usual, "provider": "LA\r\nCEIBA\u2028 E.S.E."})
    assert letter.subject.endswith(": LA CEIBA E.S.E.")
    assert "El prestador LA CEIBA E.S.E. (NIT" in letter.text


@given(name=st.sampled_from(NAMES), data=st.data())
def test_no_text_at_all_makes_any(name: LetterName, data: st.DataObject) -> None:
    pieces = st.one_of(st.text(), st.sampled_from(HOSTILE), st.sampled_from(["\n", "\n\n", "<", '"', "\x01", "\x02"]))
    value = st.lists(pieces, min_size=1, max_size=4).map("".join)
    _stays_text(name, {key: data.draw(value) for key in EXAMPLES[name]})


def _stays_text(name: LetterName, values: dict[str, str]) -> None:
    usual = EXAMPLES[name]
    linked = {key: usual[key] for key in usual if key.startswith("link_")}
    told = {**{key: value if is_visible(value) else "x" for key, value in values.items()}, **linked}
    letter = write(name, told)
    assert Read(letter).tags == Read(example(name)).tags
    assert letter.text.count("\n") == example(name).text.count("\n")
    assert len(letter.subject.splitlines()) == 1
    shapes = (letter.text + letter.html).replace("\n", "")
    assert not any(unicodedata.category(character)[0] == "C" for character in shapes)
    letter.html.encode()


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_empty_or_invisible_is_no_fault(name: LetterName) -> None:
    linked = {key: value for key, value in EXAMPLES[name].items() if key.startswith("link_")}
    for value in ("", " ", "\u200b", "\x02"):
        letter = write(name, {**dict.fromkeys(EXAMPLES[name], value), **linked})
        assert {tag for tag, _ in Read(letter).tags} <= {tag for tag, _ in Read(example(name)).tags}
