"""What the operator says: understood, or refused in one line that shows no secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from llaves.config.environment import email_settings, read, read_flag, read_number


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The llaves command with some of its environment changed; an empty value takes a name away."""
    merged = {**os.environ, **environment}
    merged = {name: value for name, value in merged.items() if value}
    return subprocess.run(
        [sys.executable, "-m", "llaves", *words], env=merged, capture_output=True, text=True, check=False
    )


def test_a_value_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("LLAVES_X_FILE", str(tmp_path / "key"))
    assert read("LLAVES_X") == "from the file"


def test_a_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAVES_X_FILE", "/nowhere/key")
    with pytest.raises(ImproperlyConfigured, match="/nowhere/key"):
        read("LLAVES_X")


@pytest.mark.parametrize("value", ["yes", "true", "2", "on"])
def test_a_flag_is_never_guessed(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAVES_DEMO", value)
    with pytest.raises(ImproperlyConfigured):
        read_flag("LLAVES_DEMO")


def test_a_number_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAVES_N", "12")
    assert read_number("LLAVES_N", 3) == 12
    monkeypatch.setenv("LLAVES_N", "-1")
    with pytest.raises(ImproperlyConfigured):
        read_number("LLAVES_N", 3)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://u%40x:p%3Aw@mail.example", 587, True, False),
        ("smtps://mail.example:4650", 4650, False, True),
    ],
)
def test_the_mail_server_is_one_address(url: str, port: int, *, tls: bool, ssl: bool) -> None:
    settings = email_settings(url)
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (port, tls, ssl)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "mysql://u:hunter2@h/d"),
        ("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d"),
        ("DATABASE_URL", "hunter2"),
        ("LLAVES_MASTER_KEYS", ""),
        ("LLAVES_SECRET_KEY", ""),
        ("LLAVES_SECRET_KEY", "hunter2"),
        ("LLAVES_MASTER_KEYS", "hunter2"),
        ("LLAVES_BASE_URL", "http://llaves.example"),
        ("LLAVES_BASE_URL", "llaves"),
        ("EMAIL_URL", "pigeon://hunter2"),
        ("LLAVES_DEMO", "perhaps"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it_and_shows_no_secret(name: str, value: str) -> None:
    done = run("check", "--database", "default", **{name: value})
    assert done.returncode != 0
    said = done.stderr.strip()
    assert "Traceback" not in said
    assert "hunter2" not in said
    assert name in said or "database" in said
