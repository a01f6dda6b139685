"""At a terminal: questions, the bar, colours."""

from __future__ import annotations

import re

from tests.cli.support import Place

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9](;[0-9;]+)?m")


def test_enter_alone_is_no(place: Place) -> None:
    """The question shows the counts, and its default sends nothing."""
    sandbox = place.sandbox
    assert sandbox is not None
    plan = place.plan("email", "a@example.com", "b@example.com")
    answer = place.typed("run", str(plan), keys="\n")
    assert answer.code == 2
    assert "Do this to 2 rows? [y/N]" in answer.out
    assert "create" in answer.out
    assert sandbox.ledger.effects.created == 0


def test_yes_runs_with_a_bar(place: Place) -> None:
    """After y the run is drawn with its counts, and its outcome stays on the screen."""
    plan = place.plan("email", *(f"a{number}@example.com" for number in range(30)))
    answer = place.typed("run", str(plan), "--rate", "60", keys="y\n")
    assert answer.code == 0
    assert "━" in answer.out
    assert re.search(r"\d+ done, 0 refused, 0 unknown, \d+ left", answer.out)
    assert "finished" in answer.out


def test_no_color_is_honoured(place: Place) -> None:
    """NO_COLOR leaves a terminal without colours; otherwise there are some."""
    plan = place.plan("email,city", "a@example.com,Hoorn")
    assert COLOUR.search(place.typed("show", str(plan)).out)
    assert not COLOUR.search(place.typed("show", str(plan), NO_COLOR="1").out)
    assert not COLOUR.search(place.call("show", str(plan)).out)


def test_a_narrow_terminal_shows_every_word(place: Place) -> None:
    """At 40 columns lines are folded, never cut."""
    plan = place.plan("email,city", f"a@example.com,{'Long' * 20}")
    said = place.typed("show", str(plan), COLUMNS="40").out
    assert "Long" * 20 in re.sub(r"\x1b\[[0-9;]*m|\r\n", "", said)


def test_a_token_is_asked_for_without_an_echo(place: Place) -> None:
    """`account add` asks at a terminal, and what is typed is not shown."""
    sandbox = place.sandbox
    assert sandbox is not None
    add = ("account", "add", "shop", "--base-url", sandbox.url)
    answer = place.typed(*add, waiting_for="Token of shop", keys=f"{sandbox.token}\n")
    assert answer.code == 0
    assert "Saved shop" in answer.out
    assert sandbox.token not in answer.out
