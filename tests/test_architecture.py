"""What the house style says and no tool checks: sizes, names, clocks, guards, templates. Each lists who breaks it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src"
PORTAL = SRC / "llaves"
MODULES = sorted(path for path in SRC.rglob("*.py") if "migrations" not in path.parts)
TEMPLATES = sorted(path for path in PORTAL.rglob("templates/**/*") if path.is_file())
LONGEST_FUNCTION = 25
LONGEST_MODULE = 300
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "services", "manager", "managers", "data", "misc"}
WITHOUT_A_SAYING = {"migrations", "management", "commands"}
"""Folders that Django asks for."""

READ_THE_CLOCK = {"now", "utcnow", "today", "time", "monotonic"}
MAY_READ_THE_CLOCK = ("web/", "cli/", "jobs.py", "identity/adapter.py", "identity/backend.py")

GUARDS = {"needs", "with_provider"}
METHODS = {"require_GET", "require_POST", "require_safe", "require_http_methods"}
JOURNEYS = (
    "attending",
    "requesting",
    "revoking",
    "expiring",
    "digest",
    "removing",
    "succession",
    "calendars",
    "proving",
    "generating",
    "generation_outcomes",
    "suspending",
)
ACTIONS_BY_JOURNEY = [PORTAL / "credentials" / f"{journey}.py" for journey in JOURNEYS]
PART_OF_AN_ACTION = {"identity/actions.py send_link"}
"""Called by actions that leave the event; it has no actor of its own."""
IN_THE_CALLERS_TRANSACTION = {"credentials/revoking.py end"}
LIFE = {"State", "Standing"}
"""What only the tables of `credentials/lifecycle.py` compare."""

FRAME_OF_LETTERS = PORTAL / "notifications/templates/letters/frame.html"
INLINE_STYLE = {r"<style\b", r"\sstyle\s*="}
"""No policy holds in a mail, and mail programs read no style but this. Every other rule holds for the frame too."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def place(path: Path, node: ast.AST | None = None) -> str:
    where = path.relative_to(PORTAL if path.is_relative_to(PORTAL) else SRC).as_posix()
    return f"{where}:{node.lineno}" if node else where  # type: ignore[attr-defined]


def functions(path: Path) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def public(path: Path) -> list[Function]:
    return [node for node in tree(path).body if isinstance(node, Function) and not node.name.startswith("_")]


def decorators(function: Function) -> set[str]:
    called = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return {ast.unparse(node).removeprefix("transaction.") for node in called}


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    said = (first.end_lineno or 0) - first.lineno + 1 if told else 0
    return (function.end_lineno or 0) - function.lineno + 1 - said


def test_no_function_is_long() -> None:
    long = [
        f"{place(path, function)} {function.name}: {length(function)}"
        for path in MODULES
        for function in functions(path)
        if length(function) > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_page_is_short() -> None:
    long = [
        f"{place(path, page)} {page.name}: {length(page)}"
        for path in PORTAL.glob("web/**/*pages.py")
        for page in functions(path)
        if length(page) >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_is_long() -> None:
    lines = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {path: count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def test_no_name_of_a_folder_or_module_is_vague() -> None:
    named = [path for path in SRC.rglob("*") if path.is_dir() or path.suffix == ".py"]
    assert [place(path) for path in named if path.stem in VAGUE] == []


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in SRC.rglob("__init__.py") if path.parent.name not in WITHOUT_A_SAYING]
    assert packages
    assert [place(path) for path in packages if not ast.get_docstring(tree(path))] == []


def test_every_action_is_one_transaction_with_an_actor_and_a_moment() -> None:
    wrong = []
    for path in [*PORTAL.rglob("actions.py"), *PORTAL.rglob("*_assigning.py"), *ACTIONS_BY_JOURNEY]:
        for function in public(path):
            name = f"{place(path)} {function.name}"
            if name in IN_THE_CALLERS_TRANSACTION:
                continue
            by_keyword = {argument.arg for argument in function.args.kwonlyargs}
            needed = {"at"} if name in PART_OF_AN_ACTION else {"by", "at"}
            if "atomic" not in decorators(function) or not needed <= by_keyword:
                wrong.append(name)
    assert wrong == []


def test_no_action_knows_by_itself_which_move_is_allowed() -> None:
    wrong = [
        place(path, node)
        for path in [PORTAL / "credentials/actions.py", PORTAL / "credentials/bulk_assigning.py", *ACTIONS_BY_JOURNEY]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Compare) and _names_a_state(node)
    ]
    assert wrong == []


def _names_a_state(comparison: ast.Compare) -> bool:
    sides = [ast.unparse(side) for side in (comparison.left, *comparison.comparators)]
    return any(side.split(".")[0] in LIFE or side.endswith((".state", ".standing", ".kind")) for side in sides)


def test_only_the_edge_reads_the_clock() -> None:
    wrong = [
        place(path, call)
        for path in MODULES
        if path.is_relative_to(PORTAL) and not place(path).startswith(MAY_READ_THE_CLOCK)
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and _reads_the_clock(call)
    ]
    assert wrong == []


def _reads_the_clock(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    module, _, name = called.rpartition(".")
    if name in {"localdate", "localtime"}:
        return not call.args and not call.keywords
    return name in READ_THE_CLOCK and module.split(".")[-1] in {"timezone", "datetime", "date", "time"}


def test_every_page_inside_names_who_may_pass_and_every_page_its_methods() -> None:
    wrong = []
    for path in PORTAL.glob("web/**/*pages.py"):
        for page in public(path):
            if [argument.arg for argument in page.args.args][:1] != ["request"]:
                continue
            outside = path.parent.name == "public"
            if not decorators(page) & METHODS or (not outside and not decorators(page) & GUARDS):
                wrong.append(f"{place(path, page)} {page.name}")
            if not outside and "login_not_required" in decorators(page):
                wrong.append(f"{place(path, page)} {page.name}")
    assert wrong == []


def test_only_public_pages_are_open_to_everybody() -> None:
    """The one other is the address of the image codes."""
    opened = [place(path) for path in MODULES if "login_not_required" in path.read_text(encoding="utf-8")]
    assert opened == ["config/urls.py", "web/public/calendar.py", "web/public/pages.py"]


def test_nothing_is_exempt_from_the_csrf_check() -> None:
    assert [place(path) for path in MODULES if "csrf_exempt" in path.read_text(encoding="utf-8")] == []


def test_the_portal_prints_nothing() -> None:
    printed = [
        place(path, call)
        for path in MODULES
        if path.is_relative_to(PORTAL)
        for call in ast.walk(tree(path))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "print"
    ]
    assert printed == []


def test_nothing_is_left_to_be_done() -> None:
    own = [path for path in SRC.rglob("*") if path.suffix in {".py", ".html", ".txt", ".js", ".css"}]
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    assert [place(path) for path in own if marks.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "forbidden",
    [
        r"<style\b",
        r"\sstyle\s*=",
        r"<script(?![^>]*\ssrc=)",
        r"\son[a-z]+\s*=\s*[\"']",
        r"javascript:",
        r"\|\s*safe\b",
        r"\|\s*safeseq\b",
        r"autoescape\s+off",
        r"<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=\s*[\"'](?:https?:)?//",
    ],
)
def test_no_template_has_what_the_policy_forbids_or_lets_text_through_as_html(forbidden: str) -> None:
    pages = [path for path in TEMPLATES if path.suffix == ".html"]
    if forbidden in INLINE_STYLE:
        pages.remove(FRAME_OF_LETTERS)
    assert len(pages) > 20
    assert [
        place(path) for path in pages if re.search(forbidden, path.read_text(encoding="utf-8"), re.IGNORECASE)
    ] == []


def test_only_letters_are_written_without_escaping() -> None:
    unescaped = {path for path in TEMPLATES if "autoescape off" in path.read_text(encoding="utf-8")}
    assert unescaped
    assert {place(path.parent) for path in unescaped} == {"notifications/templates/letters"}
    assert {path.suffix for path in unescaped} == {".txt"}


def test_no_code_marks_text_as_safe() -> None:
    marks = re.compile(r"\b(?:mark_safe|SafeString|__html__|extra\(|RawSQL)")
    assert [place(path) for path in MODULES if marks.search(path.read_text(encoding="utf-8"))] == []
