"""Identifiers, whatever is typed: read alike however people write them, else refused with a sentence; nothing else."""

import re
import time
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.co import nit as stdnum_nit

from llaves.providers.documents import (
    DocumentFault,
    check_digit,
    parse_document,
    parse_email,
    parse_nit,
    parse_phone,
    parse_provider_code,
)
from tests.documents import RULES

Parse = Callable[[str], str]
often = settings(max_examples=80, deadline=None, database=None)

DOCUMENTS: dict[str, Parse] = {kind: partial(parse_document, rule) for kind, rule in RULES.items()}
PARSERS: dict[str, Parse] = {
    "nit": parse_nit,
    "phone": parse_phone,
    "email": parse_email,
    "provider code": parse_provider_code,
    **DOCUMENTS,
}
STORED = {
    "nit": r"[1-9][0-9]{4,9}",
    "phone": r"(3[0-9]{9}|60[1245678][0-9]{7})",
    "email": r"[^\s@\x00-\x1f\x7f<>\"]+@[^\s@]+\.[^\s@]+",
    "provider code": r"[0-9]{10}",
    "CC": r"[1-9][0-9]{2,9}",
    "CE": r"[1-9][0-9]{2,6}",
    "PA": r"[A-Z0-9]{3,16}",
    "PT": r"[0-9]{6,8}",
    "PE": r"[0-9]{15}",
    "CD": r"[A-Z0-9]{3,11}",
    "SC": r"[A-Z0-9]{9,16}",
}
"""What may stand in the database, written anew."""
LONGEST = {"nit": 10, "phone": 10, "email": 254, "provider code": 10} | dict.fromkeys(RULES, 16)

SEPARATORS = (
    " \t\n\u00a0\u2003\u3000"  # spaces
    ".,'’_-\u2010\u2011\u2012\u2013\u2014\u2212"  # points, hyphens and what a word processor makes of them
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff"  # invisible, from PDFs and telephones
)
anything = st.text(st.characters(exclude_categories=()), max_size=60)
nearly = st.text("0123456789 .-+()AZaz@·ñß\u0661\u200b\u202a\ud83d\x00", max_size=24)
mail = st.from_regex(r"[A-Za-z0-9.ñÑ_%+\"-]{0,20}@[A-Za-z0-9.ñ\-\[\]:]{0,20}", fullmatch=True)


def good(name: str) -> st.SearchStrategy[str]:
    """Texts that stand for something: what is stored, without the NITs that end in their own check digit."""
    if name == "email":
        return st.from_regex(r"[a-z][a-z0-9]{0,12}@[a-z][a-z0-9]{0,12}\.(com|gov\.co|org)", fullmatch=True)
    texts = st.from_regex(STORED[name], fullmatch=True)
    return texts.filter(lambda text: not _with_its_check_digit(text)) if name == "nit" else texts


def _with_its_check_digit(text: str) -> bool:
    return bool(re.fullmatch(r"[89][0-9]{9}", text)) and text[-1] == dian(text[:-1])


def dian(nit: str) -> str:
    """The check digit of the DIAN's Orden Administrativa 4 de 1989: weights from the right, modulo 11."""
    weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
    rest = sum(int(digit) * weight for digit, weight in zip(reversed(nit), weights, strict=False)) % 11
    return str(rest if rest < 2 else 11 - rest)


@pytest.mark.parametrize("name", PARSERS)
@often
@given(data=st.data())
def test_any_text_is_stored_well_or_refused_with_a_spanish_sentence(name: str, data: st.DataObject) -> None:
    text = data.draw(anything | nearly | mail | good(name))
    try:
        stored = PARSERS[name](text)
    except DocumentFault as fault:
        said = str(fault)
        assert re.fullmatch(r"[A-ZÉ][^\n]{15,160}\.", said)
        assert re.search(r"\b(el|un|los|la)\b", said.lower())
        said.encode()
    else:
        assert re.fullmatch(STORED[name], stored, re.ASCII if name != "email" else 0)
        assert len(stored) <= LONGEST[name]
        stored.encode()


@pytest.mark.parametrize("name", PARSERS)
@often
@given(data=st.data())
def test_what_is_stored_is_read_as_itself(name: str, data: st.DataObject) -> None:
    parse = PARSERS[name]
    try:
        stored = parse(data.draw(good(name) | nearly | mail))
    except DocumentFault:
        return
    assert parse(stored) == stored


@pytest.mark.parametrize("name", ["nit", "phone", *RULES])
@often
@given(data=st.data())
def test_separators_and_invisible_characters_do_not_matter(name: str, data: st.DataObject) -> None:
    parse, text = PARSERS[name], data.draw(good(name))
    between = data.draw(st.lists(st.text(SEPARATORS, max_size=2), min_size=len(text) + 1, max_size=len(text) + 1))
    spelt = between[0] + "".join(character + gap for character, gap in zip(text, between[1:], strict=True))
    assert parse(spelt) == parse(text) == text


@pytest.mark.parametrize("name", RULES)
@often
@given(data=st.data())
def test_small_letters_do_not_matter_and_letters_of_other_scripts_never_become_ours(
    name: str, data: st.DataObject
) -> None:
    text = data.draw(good(name))
    assert parse_document(RULES[name], text.lower()) == text
    place = data.draw(st.integers(0, len(text) - 1))
    # Each of these becomes letters or digits of ours when it is put in capitals, composed or read as a number.
    other = data.draw(st.sampled_from("ßñ²\ufb01\u017f\u0131\u0149\u212a\u0663\uff13\uff21"))
    with pytest.raises(DocumentFault):
        parse_document(RULES[name], text[:place] + other + text[place + 1 :])


@often
@given(text=good("phone"), country=st.sampled_from(["+57", "+57 ", "0057", "(+57) ", "\u202a+57 "]))
def test_a_telephone_may_carry_its_country(text: str, country: str) -> None:
    assert parse_phone(country + text) == text
    with pytest.raises(DocumentFault):
        parse_phone(f"+58{text}")


@often
@given(nit=st.from_regex(r"[1-9][0-9]{4,9}", fullmatch=True))
def test_the_check_digit_is_the_dians(nit: str) -> None:
    assert check_digit(nit) == dian(nit) == str(stdnum_nit.calc_check_digit(nit))
    assert stdnum_nit.is_valid(nit + check_digit(nit)) or len(nit) < 7


@often
@given(nit=st.from_regex(r"[89][0-9]{8}", fullmatch=True), wrong=st.sampled_from("0123456789"))
def test_a_legal_nit_is_refused_with_its_check_digit_and_only_with_that_one(nit: str, wrong: str) -> None:
    with pytest.raises(DocumentFault, match=rf"{nit}\.$"):
        parse_nit(f"{nit}-{check_digit(nit)}")
    if wrong != check_digit(nit):
        assert parse_nit(nit + wrong) == nit + wrong


@pytest.mark.parametrize("nit", ["890303841", "900474727", "800197268", "899999034", "860002184"])
def test_published_nits_have_the_check_digit_that_is_published(nit: str) -> None:
    published = {"890303841": "8", "900474727": "4", "800197268": "4", "899999034": "1", "860002184": "6"}
    assert check_digit(nit) == published[nit] == dian(nit)


@pytest.mark.parametrize("name", RULES)
@often
@given(data=st.data())
def test_the_table_of_documents_says_what_is_written_here(name: str, data: st.DataObject) -> None:
    number = data.draw(st.text("0123456789AZ", max_size=18) | good(name))
    assert RULES[name].fits(number) is bool(re.fullmatch(STORED[name], number))


MEGABYTE = 1_000_000
LONG = ["1", " ", "\u200b", "a", "@", "a@", "a.", "ñ", '"', "\\", "(", "-", "+57", "\u0301", "0", "\ud83d", "<", "a b"]


@pytest.mark.parametrize("name", PARSERS)
def test_a_megabyte_is_refused_soon(name: str) -> None:
    for piece in LONG:
        for ending in ("", "@a.co", "x"):
            text = piece * (MEGABYTE // len(piece)) + ending
            begun = time.process_time()
            with pytest.raises(DocumentFault):
                PARSERS[name](text)
            assert time.process_time() - begun < 1, ascii(piece)
