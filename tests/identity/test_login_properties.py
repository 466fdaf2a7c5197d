"""Logins: each is one person's in one role for one entity, looks like one, and is read however it is typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llaves.identity.models import Account
from llaves.identity.roles import Role, login_for, looks_like_login
from llaves.providers.documents import ALPHABETS
from llaves.web.public.forms import as_assigned
from tests.documents import RULES
from tests.people import PASSWORD

often = settings(max_examples=120, deadline=None, database=None)


def _documents(kind: str) -> st.SearchStrategy[tuple[str, str]]:
    rule = RULES[kind]
    characters = sorted(ALPHABETS[rule.alphabet])
    numbers = st.text(characters, min_size=rule.shortest, max_size=rule.longest).filter(rule.fits)
    return st.tuples(st.just(kind), numbers)


documents = st.sampled_from(sorted(RULES)).flatmap(_documents)
nits = st.from_regex(r"[1-9][0-9]{4,9}", fullmatch=True)
owners = st.tuples(st.sampled_from(Role), documents, nits)
Owner = tuple[Role, tuple[str, str], str]


def login_of(owner: Owner) -> str:
    role, (kind, number), nit = owner
    return login_for(role, kind, number, nit)


def who(owner: Owner) -> tuple[object, ...]:
    """What makes an account one of its own: an official's entity is always the ministry."""
    role, document, nit = owner
    return (role, document, nit) if role is Role.DELEGATE else (role, document)


@often
@given(owner=owners)
def test_every_login_assigned_looks_like_one_and_fits_its_column(owner: Owner) -> None:
    login = login_of(owner)
    assert looks_like_login(login, RULES)
    longest = Account._meta.get_field("login").max_length  # noqa: SLF001 - how Django tells of a column
    assert longest
    assert len(login) <= longest


@often
@given(one=owners, other=owners)
def test_two_owners_never_have_one_login(one: Owner, other: Owner) -> None:
    assert (login_of(one) == login_of(other)) == (who(one) == who(other))


@often
@given(kind=st.sampled_from(sorted(RULES)), digits=st.from_regex(r"[1-9][0-9]{15,28}", fullmatch=True))
def test_no_digit_can_move_between_the_document_and_the_nit(kind: str, digits: str) -> None:
    splits = [(digits[:place], digits[place:]) for place in range(3, len(digits) - 4)]
    logins = {login_for(Role.DELEGATE, kind, number, nit) for number, nit in splits}
    assert len(logins) == len(splits)


@often
@given(owner=owners, data=st.data())
def test_a_login_is_read_alike_whatever_its_case_and_the_spaces_around(owner: Owner, data: st.DataObject) -> None:
    login = login_of(owner)
    cased = "".join(data.draw(st.sampled_from([letter.upper(), letter.lower()])) for letter in login)
    before, after = data.draw(st.tuples(*[st.text(" \t\n\u00a0", max_size=3)] * 2))
    assert as_assigned(before + cased + after) == login
    assert as_assigned(login) == login


@often
@given(text=st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_can_be_read_as_a_login_and_seldom_looks_like_one(text: str) -> None:
    typed = as_assigned(text)
    assert as_assigned(typed) == typed
    if looks_like_login(typed, RULES):
        assert typed.isascii()
        assert typed[:2] in RULES


@pytest.mark.parametrize(
    "text",
    [
        *(PASSWORD, "CONTRASENA12", "MICLAVE2026", "QWERTY123456", "CC12", "CC1020304050-", "CC1020304050-0890303841"),
        *("CC1020304050-٨٩٠٣٠٣٨٤١", "CC٣٣٣٣", "CC1020304050-890303841\n", "TI1020304050", "CC" + "1" * 1_000_000),
    ],
)
def test_what_no_document_could_give_does_not_look_like_a_login(text: str) -> None:
    assert not looks_like_login(text, RULES)
