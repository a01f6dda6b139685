"""Planning and showing: mappings, options, what is told, what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from app.cli import call
from ops.files import META_KEY
from tests.cli.support import Place, first_lines

KNOWN = "maarten.janssens2@post.example"


def test_flags_go_on_top_of_what_was_remembered(place: Place) -> None:
    """A mapping that was run is kept for the next file of the same shape; COLUMN=- leaves a column out."""
    place.write("may.csv", "adres,Nick,city", "a@example.com,An,Hoorn")
    first = place.call("plan", "contacts.upsert", "may.csv", "--map", "adres=email", "--map", "Nick=firstname:if_empty")
    assert first.code == 0
    assert place.call("run", "may.contacts.upsert.plan.parquet", "--yes", "--rate", "200").code == 0
    place.write("june.csv", "adres,Nick,city", "b@example.com,Bo,Gouda")
    second = place.call("plan", "contacts.upsert", "june.csv", "--map", "city=-")
    assert second.code == 0
    columns = [line.split() for line in second.err.split("Plan")[0].splitlines() if line.startswith("  ")]
    assert columns == [
        ["adres", "→", "email", "saved"],
        ["Nick", "→", "firstname", "saved,", "if_empty"],
        ["city", "left", "out"],
    ]
    assert "--no-saved" in second.err
    anew = place.call("plan", "contacts.upsert", "june.csv", "--map", "adres=email", "--no-saved")
    assert "saved" not in anew.err


def test_a_mapping_that_was_only_planned_is_not_remembered(place: Place) -> None:
    """A mistake that nobody ran must not bend the next file; nor does a rule that clears values outlive its file."""
    place.write("may.csv", "email,firstname,city", "a@example.com,An,")
    place.call("plan", "contacts.upsert", "may.csv", "--map", "firstname=lastname")
    again = place.call("plan", "contacts.upsert", "may.csv", "--map", "city=city:clear", "--map", "firstname=-")
    assert "saved" not in again.err
    assert place.call("run", "may.contacts.upsert.plan.parquet", "--yes", "--rate", "200").code == 0
    third = place.call("plan", "contacts.upsert", "may.csv")
    assert "clear" not in third.err


def test_a_written_mapping_goes_before_the_remembered_one(place: Place) -> None:
    """--mapping is taken whole."""
    place.write("list.csv", "email,firstname,city", "a@example.com,An,Hoorn")
    place.write("own.toml", "[columns]", 'email = "email"', 'city = "firstname"')
    answer = place.call("plan", "contacts.upsert", "list.csv", "--mapping", "own.toml")
    assert answer.code == 0
    (shown,) = place.call("show", "list.contacts.upsert.plan.parquet", "--json").lines
    assert shown["changes"] == {"firstname": [None, "Hoorn"]}


def test_the_plan_says_where_it_lies_and_what_to_type(place: Place) -> None:
    """The last lines can be copied, with the flags that were given and quotes where they are needed."""
    place.write("my list.csv", "email", "a@example.com")
    answer = place.call("plan", "contacts.upsert", "my list.csv", "--home", "elsewhere")
    path = "my list.contacts.upsert.plan.parquet"
    assert f"Saved {path}" in answer.err
    assert f"leatops run '{path}' --home elsewhere" in answer.err
    assert (place.folder / path).is_file()


def test_only_reads_are_sent(place: Place) -> None:
    """A plan changes nothing on the server."""
    sandbox = place.sandbox
    assert sandbox is not None
    place.plan("email,firstname", "a@example.com,An", f"{KNOWN},Other")
    assert not any(entry.write for entry in sandbox.ledger.entries)
    assert sandbox.ledger.violations == []


def test_many_problems_are_counted_not_listed(place: Place) -> None:
    """Ten problems are told, then how many more."""
    place.write("list.csv", "email", *("nobody" for _ in range(30)))
    answer = place.call("plan", "contacts.upsert", "list.csv")
    assert answer.code == 1
    assert answer.err.count("is not an e-mail address") == 10
    assert "and 20 more" in answer.err


def test_problems_name_the_line_of_a_row_that_blank_lines_have_shifted(place: Place) -> None:
    """For people where it is not the line after the row's number, for scripts wherever a file has lines."""
    place.write("list.csv", "email", "nobody", "", "", "no one", "a@example.com", "A@example.com")
    answer = place.call("plan", "contacts.upsert", "list.csv", "--json")
    assert answer.code == 1
    problems = answer.document["problems"]
    assert [(one["row"], one["line"]) for one in problems] == [(1, 2), (2, 5), (3, 6), (4, 7)]
    shared = "the same e-mail stands in rows 3 (line 6) and 4 (line 7)"
    assert [one["message"] for one in problems][2:] == [shared, shared]
    told = place.call("plan", "contacts.upsert", "list.csv").err
    assert "row 1, column email: " in told
    assert "row 2 (line 5), column email: " in told
    pl.read_csv(place.folder / "list.csv").write_parquet(place.folder / "list.parquet")
    answer = place.call("plan", "contacts.upsert", "list.parquet", "--json")
    assert all("line" not in one for one in answer.document["problems"])


REFUSED = {
    "no such job": ("plan", "contacts.explode", "list.csv"),
    "no such column": ("plan", "contacts.upsert", "list.csv", "--map", "x=email"),
    "no such field": ("plan", "contacts.upsert", "list.csv", "--map", "name=shoe"),
    "no such option": ("plan", "contacts.upsert", "list.csv", "--set", "colour=red"),
    "an option without a value": ("plan", "contacts.upsert", "list.csv", "--set", "mode"),
    "an option twice": ("plan", "contacts.upsert", "list.csv", "--set", "mode=full", "--set", "mode=fast"),
    "no e-mail column": ("plan", "contacts.upsert", "list.csv", "--map", "email=-"),
    "the plan over its input": ("plan", "contacts.upsert", "list.csv", "--out", "list.csv"),
    "an unknown encoding": ("plan", "contacts.upsert", "list.csv", "--encoding", "klingon"),
    "a rate of nothing": ("plan", "contacts.upsert", "list.csv", "--rate", "0"),
    "not a plan": ("show", "list.csv"),
    "no plan": ("run", "nothing.parquet", "--yes"),
    "a bad stop rule": ("resume", "last", "--stop-after", "often"),
    "a share of more than all": ("run", "list.csv", "--stop-after", "150%"),
    "no row at all": ("run", "list.csv", "--stop-after", "0"),
    "no faults": ("sandbox", "--faults", "none.json"),
    "no terminal for a token": ("account", "add", "shop"),
    "a foreign host": ("account", "add", "shop", "--base-url", "https://evil.example", "--token-stdin"),
    "a taken name": ("account", "use", "nobody"),
    "no saved account": ("plan", "contacts.upsert", "list.csv", "--account", "nobody"),
    "a folder": ("plan", "contacts.upsert", "."),
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_bad_input_is_2_in_words(
    place: Place,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is sent, no traceback is shown, and the input file stays as it was."""
    sandbox = place.sandbox
    assert sandbox is not None
    path = place.write("list.csv", "email,name", "a@example.com,An")
    monkeypatch.chdir(place.folder)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    code = call(arguments)
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert "error: " in said.err
    assert "bug" not in said.err
    assert path.read_text("utf-8") == "email,name\na@example.com,An\n"
    assert not any(entry.write for entry in sandbox.ledger.entries)


def test_a_file_in_the_place_of_another_is_told_which_command_takes_it(place: Place) -> None:
    """Rows run, a plan planned and a plan resumed; and a job whose name is nearly right."""
    place.plan("email", "a@example.com")
    plan = next(path.name for path in place.folder.glob("*.parquet"))
    file = next(path.name for path in place.folder.glob("*.csv"))
    mixed_up = {
        ("run", file, "--yes"): f"{file} is not a plan, or a damaged one: `leatops plan JOB FILE` makes one",
        ("plan", "contacts.upsert", plan): f"{plan} is a plan, not a file with rows: `leatops show` shows it",
        ("resume", plan): f"{plan} is a file; a run is named by its id (`leatops runs` lists them) or `last`.",
        ("plan", "contacts.upsrt", file): "There is no job 'contacts.upsrt'. Did you mean contacts.upsert? The jobs",
    }
    for arguments, words in mixed_up.items():
        answer = place.call(*arguments)
        assert answer.code == 2
        assert words in " ".join(answer.err.split())


def test_no_account_says_how_to_get_one(bare: Place) -> None:
    """Without any account the message names all three ways."""
    bare.write("list.csv", "email", "a@example.com")
    answer = bare.call("plan", "contacts.upsert", "list.csv")
    assert answer.code == 2
    for way in ("LEAT_API_KEY", "leatops account add", "leatops sandbox"):
        assert way in answer.err


def test_a_limit_of_seconds_must_be_a_number(place: Place) -> None:
    """LEATOPS_TIMEOUT_SECONDS is checked before anything is sent."""
    place.write("list.csv", "email", "a@example.com")
    answer = place.call("plan", "contacts.upsert", "list.csv", LEATOPS_TIMEOUT_SECONDS="soon")
    assert (answer.code, "LEATOPS_TIMEOUT_SECONDS" in answer.err) == (2, True)


@pytest.mark.parametrize(
    ("home", "named"), [("home", "home"), ("home/below", "home"), ("/dev/null/below", "/dev/null")]
)
def test_a_home_that_cannot_be_made_is_said(place: Place, home: str, named: str) -> None:
    """A file where it should be or above it: which place it is, and how to choose another."""
    plan = place.plan("email", "a@example.com")
    place.home.write_text("in the way", "utf-8")
    answer = place.call("run", str(plan), "--yes", "--json", LEATOPS_HOME=str(place.folder / home))
    assert (answer.code, answer.document["error"]["kind"]) == (2, "input")
    assert answer.document["error"]["message"] == (
        f"{place.folder / named} cannot be used: it is not a folder. "
        "--home or LEATOPS_HOME chooses another folder for runs and accounts."
    )
    assert place.sandbox is not None
    assert place.sandbox.ledger.writes == 0


def test_show_filters_and_limits_and_says_so(place: Place) -> None:
    """The note on stderr tells how many of how many rows are shown."""
    plan = place.plan("email,city", "a@example.com,Hoorn", "b@example.com,Gouda", f"{KNOWN},Edam", "nobody,x")
    some = place.call("show", str(plan), "--limit", "1")
    assert some.out.splitlines()[0] == "row 1  create  a@example.com"
    assert "Showing 1 of 4 rows." in some.err
    update = place.call("show", str(plan), "--verb", "update")
    assert update.out.splitlines()[0] == f"row 3  update  {KNOWN}"
    assert update.out.splitlines()[1].endswith('→ "Edam"')
    assert "Showing 1 of 1 rows to update." in update.err


def test_a_plan_that_was_changed_is_not_shown(place: Place) -> None:
    """Its rows are checked before the first of them is printed; so it is with one that is damaged."""
    plan = place.plan("email", "a@example.com", "b@example.com")
    meta = pl.read_parquet_metadata(plan)
    changed = pl.read_parquet(plan).with_columns(pl.col("key").replace("b@example.com", "c@example.com"))
    changed.write_parquet(plan, metadata={META_KEY: meta[META_KEY]})
    for arguments in (("show", str(plan)), ("show", str(plan), "--limit", "1", "--json"), ("run", str(plan), "--yes")):
        answer = place.call(*arguments)
        told = answer.document["error"]["message"] if "--json" in arguments else " ".join(answer.err.split())
        assert (answer.code, "was changed after it was made: plan again" in told) == (2, True)
        assert "example.com" not in answer.out


def test_show_joins_the_input_by_its_contents(place: Place) -> None:
    """--with takes the file the plan was made from, wherever it lies, and refuses any other."""
    plan = place.plan("email,note", "a@example.com,hello")
    (place.folder / "list.csv").rename(place.folder / "moved.csv")
    with_it = place.call("show", str(plan), "--with", "moved.csv", "--json")
    assert with_it.lines[0]["input"] == {"email": "a@example.com", "note": "hello"}
    place.write("moved.csv", "email,note", "a@example.com,changed")
    answer = place.call("show", str(plan), "--with", "moved.csv")
    assert (answer.code, "SHA-256" in answer.err) == (2, True)


def test_a_reader_that_goes_away_is_no_error(place: Place) -> None:
    """`show … | head` ends quietly."""
    plan = place.plan("email", *(f"a{number}@example.com" for number in range(5_000)))
    with place.start("show", str(plan)) as process:
        assert first_lines(process, 1)[0].startswith("row 1")
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_plans_are_whole_files_of_their_owner(place: Place) -> None:
    """The plan holds personal data: nobody else may read it."""
    assert place.plan("email", "a@example.com").stat().st_mode & 0o777 == 0o600
