"""The shapes that a letter's text can take, with a text that has them all."""

from llaves.notifications import frame

ADDRESSES = {"portal": "https://llaves.example/", "link": "https://llaves.example/x/"}
BODY = """Buen día, {name}.

Una frase que sigue
en otra línea.

- primero, con
  otra línea
- segundo {name}

    CC1
    CC2

{link}

Vea también {portal} cuando quiera.

Ministerio
No responda."""


def written(name: str) -> str:
    return BODY.format_map(frame.marked({"name": name}))


def html(name: str) -> str:
    page = frame.as_html(written(name), ADDRESSES, subject="Asunto", action="Abrir", reason="Porque sí.")
    return " ".join(page.split())


def test_each_shape_becomes_its_element() -> None:
    page = html("Alicia")
    for piece in (
        ">Buen día, Alicia.</p>",
        ">Una frase que sigue en otra línea.</p>",
        "> primero, con otra línea </li>",
        "> segundo Alicia </li>",
        "> CC1<br>CC2 </p>",
        ">Abrir</a>",
        ">Vea también https://llaves.example/ cuando quiera.</p>",
        "> Ministerio<br>No responda. </p>",
    ):
        assert piece in page
    assert page.count("href=") == 2
    assert page.count('href="https://llaves.example/x/"') == 2


def test_the_text_is_the_template_with_its_values_and_a_footer() -> None:
    plain = frame.as_text(written("Alicia"), ADDRESSES, reason="Porque sí.")
    expected = BODY.format(name="Alicia", **ADDRESSES)
    assert plain == f"{expected}\n\nPorque sí.\n{frame.PROMISE}\n"


def test_a_value_that_looks_like_a_shape_is_none() -> None:
    usual = html("Alicia")
    for name in ("- Alicia", "https://llaves.example/", "<li>"):
        assert html(name).count("<") == usual.count("<")
