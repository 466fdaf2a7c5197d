"""What each page lets somebody do: said in its source, and tried with somebody who may only look."""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from llaves import web
from llaves.credentials.models import Request
from llaves.identity.roles import Permission
from tests import people
from tests.people import Member
from tests.web.doors import Page

INSIDE = Path(web.__file__).parent
DOORS = ("account", "delegate", "official")


def pages() -> Iterator[tuple[str, list[ast.expr]]]:
    """Every function that answers an address inside, with its decorators."""
    for door in DOORS:
        for module in (INSIDE / door).rglob("*.py"):
            for node in ast.parse(module.read_text()).body:
                if isinstance(node, ast.FunctionDef) and any("require_" in ast.unparse(d) for d in node.decorator_list):
                    yield f"{module.relative_to(INSIDE)}:{node.name}", node.decorator_list


def permission_of(decorators: list[ast.expr]) -> Permission | None:
    """What the outermost decorator demands."""
    first = decorators[0]
    if not (isinstance(first, ast.Call) and ast.unparse(first.func) in {"needs", "with_provider"}):
        return None
    return Permission[ast.unparse(first.args[0]).removeprefix("Permission.")]


def takes_post(decorators: list[ast.expr]) -> bool:
    names = {ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator) for decorator in decorators}
    return "require_safe" not in names


def routed() -> set[str]:
    """The functions to which addresses inside lead."""
    found = set()
    for door in DOORS:
        for urls in (INSIDE / door).rglob("urls.py"):
            for node in ast.walk(ast.parse(urls.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and ast.unparse(node.func) == "path"
                    and isinstance(node.args[1], ast.Attribute)
                ):
                    found.add(ast.unparse(node.args[1]).rpartition(".")[2])
    return found


def test_n4_each_address_inside_demands_a_permission_before_anything_else() -> None:
    known = dict(pages())
    assert {name.rpartition(":")[2] for name in known} == routed()
    assert [name for name, decorators in known.items() if permission_of(decorators) is None] == []


def test_n4_no_page_that_takes_a_post_is_content_with_a_permission_to_look() -> None:
    faulty = [
        name
        for name, decorators in pages()
        if takes_post(decorators) and not (permission_of(decorators) or Permission.SEE_OWN_PROVIDERS).writes
    ]
    assert faulty == []


READABLE = [
    ("official:start", []),
    ("official:pending", []),
    ("official:find", []),
    ("official:provider", ["1900100001"]),
    ("official:expiries", []),
    ("official:removals", []),
    ("official:undelivered", []),
    ("account:overview", []),
]


@pytest.mark.parametrize(("name", "arguments"), READABLE)
def test_n5_who_only_looks_sees_what_there_is_and_is_offered_nothing_that_he_may_not(
    at_bertas: Client, assigned: Request, carla: Member, now: datetime, name: str, arguments: list[str]
) -> None:
    people.asked(carla, now)
    answer = at_bertas.get(reverse(name, args=arguments))
    assert answer.status_code == 200
    page = Page(answer)
    assert "solo consulta" in page.text
    for address in offered(page):
        assert at_bertas.get(address).status_code not in {403, 404}, address


def offered(page: Page) -> set[str]:
    """Where the page's links and forms lead, as far as that is inside."""
    targets = [
        dict(element.attributes).get(key)
        for tag, key in (("a", "href"), ("form", "action"))
        for element in page.all(tag)
    ]
    return {str(target).partition("#")[0] for target in targets if target and leads_inside(str(target))}


def leads_inside(target: str) -> bool:
    try:
        match = resolve(target.partition("?")[0].partition("#")[0])
    except Resolver404:
        return False
    return match.app_names[:1] == ["official"]
