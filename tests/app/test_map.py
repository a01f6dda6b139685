"""The columns on the map screen, mapped by keys against a sandbox; options and problems are tested beside it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Select

from app.choices import Kept, Settings
from app.screens.field_picker import FieldPicker
from app.screens.map import MapScreen
from app.screens.path_prompt import PathPrompt
from app.stages import Desk, Mapped
from ops.draft import PlanOptions
from ops.jobs import JOBS
from ops.jobs.base import Job
from ops.leat.profile import Account, Secret
from ops.mapping import MappedColumn, Mapping, Rule, remember
from ops.sandbox import Fault, Sandbox
from ops.sheet import read_sheet
from tests.app.map_host import sheet_of, shown
from tests.engine.files import account_of, write_csv


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    return Desk(account_of(sandbox), tmp_path / "home", rate=500)


async def test_suggestions_are_shown_and_marked_as_such(desk: Desk, tmp_path: Path) -> None:
    """Each column with its field, its rule and how the two were matched; what nobody chose has a mark."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        assert one.lines == [
            ["E-mail", "→ email", "", "~ same name"],
            ["Voornaam", "→ firstname", "overwrite", "~ usual name"],
            ["lastname", "→ lastname", "overwrite", "~ same name"],
            ["Notes", "", "", "left out"],
        ]
        assert one.table.get_row_at(1)[1].plain == "Anna · Bert · Carla"


async def test_enter_leads_on(desk: Desk, tmp_path: Path) -> None:
    """The first key returns the whole choice; nothing is remembered until it is run."""
    sheet = sheet_of(tmp_path)
    async with shown(desk, sheet) as one:
        assert one.app.focused is one.plan
        await one.press("enter")
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.sheet is sheet
    assert mapped.job is JOBS["contacts.upsert"]
    assert [pair.field for pair in mapped.mapping.columns] == ["email", "firstname", "lastname"]
    assert mapped.options == PlanOptions(rate=desk.rate)
    assert not (desk.home / "mappings").exists()


async def test_escape_goes_back(desk: Desk, tmp_path: Path) -> None:
    """With nothing, and nothing is remembered."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("escape")
        assert one.app.ended
        assert one.app.return_value is None
    assert not (desk.home / "mappings").exists()


async def test_a_field_is_chosen_by_typing(desk: Desk, tmp_path: Path) -> None:
    """Enter on a line, a few letters, Enter: the pair is there, by hand."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "end", "G", "enter")
        assert one.asks(FieldPicker)
        await one.press(*"city", "enter")
        assert one.asks(MapScreen)
        assert one.lines[3] == ["Notes", "→ city", "overwrite", "by hand"]


async def test_choosing_a_taken_field_moves_it(desk: Desk, tmp_path: Path) -> None:
    """The picker says who has it; the column that had it is left out."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "G", "enter", *"lastname")
        offered = [str(option.prompt) for option in one.app.screen.query_one("#fields", OptionList).options]
        assert "taken: lastname" in offered[0]
        await one.press("enter")
        assert one.lines[2:] == [["lastname", "", "", "left out"], ["Notes", "→ lastname", "overwrite", "by hand"]]


async def test_the_picker_begins_at_the_field_of_now_and_escape_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """So does Enter without having typed or moved."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        before = one.lines
        await one.press("1", "down", "enter", "escape")
        assert one.lines == before
        await one.press("enter")
        fields = one.app.screen.query_one("#fields", OptionList)
        assert fields.highlighted is not None
        assert str(fields.get_option_at_index(fields.highlighted).prompt).startswith("firstname")
        await one.press("down", "enter")
        assert one.lines[1] != before[1]


async def test_read_only_fields_cannot_be_picked(desk: Desk, tmp_path: Path) -> None:
    """They are shown, said to be read-only, and Enter on them does nothing."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "G", "enter", *"loyalty")
        offered = one.app.screen.query_one("#fields", OptionList).options
        assert offered
        assert all("read-only" in str(option.prompt) for option in offered)
        await one.press("enter")
        assert one.asks(FieldPicker)


async def test_the_write_rule_goes_round(desk: Desk, tmp_path: Path) -> None:
    """Of an attribute; a key has none and says so."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "down", "w")
        assert one.lines[1][2:] == ["if_empty", "by hand"]
        await one.press("w")
        assert one.lines[1][2] == "clear"
        await one.press("up", "w")
        assert one.lines[0][2] == ""
        assert one.told == ["Only attributes of the account have a write rule."]
        await one.press("p")
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.mapping.of_column("Voornaam") == MappedColumn("Voornaam", "firstname", Rule.CLEAR, "given")


async def test_a_column_is_left_out_and_suggested_again(desk: Desk, tmp_path: Path) -> None:
    """Without a column for the key one cannot go on, and is told why."""
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "x")
        assert one.lines[0] == ["E-mail", "", "", "left out"]
        assert not one.may_go_on()
        assert one.text("#why") == one.text("#counts") == "No column fills email: map one."
        await one.press("p")
        assert not one.app.ended
        await one.press("u")
        assert one.lines[0] == ["E-mail", "→ email", "", "~ same name"]
        assert one.may_go_on()


async def test_a_file_without_the_key_begins_in_the_table(desk: Desk, tmp_path: Path) -> None:
    """There is nothing to go on with; the picker's first Enter away from it mends that."""
    sheet = sheet_of(tmp_path, ("wie", "naam"), [("anna@example.org", "Anna")])
    async with shown(desk, sheet) as one:
        assert not one.may_go_on()
        assert one.app.focused is one.table
        await one.press("enter", *"e-mail", "enter")
        assert one.lines[0][1] == "→ email"
        assert one.may_go_on()


async def test_an_account_that_does_not_answer(desk: Desk, tmp_path: Path) -> None:
    """The reason is said in words, and one can try again; meanwhile nothing else can be done."""
    good = desk.account
    desk.account = Account(good.base_url, Secret("wrong"), "sandbox")
    async with shown(desk, sheet_of(tmp_path), ready=False) as one:
        await one.until(lambda: "token" in one.text("#asking-what"))
        assert not one.may_go_on()
        await one.press("p", "s", "l")
        assert one.asks(MapScreen)
        desk.account = good
        assert one.app.focused is one.app.screen.query_one("#again")
        await one.press("enter")
        await one.until(lambda: one.table.row_count)
        assert one.app.focused is one.plan
        await one.press("enter")
        assert one.app.return_value is not None


async def test_one_can_leave_while_the_account_is_asked(desk: Desk, tmp_path: Path) -> None:
    """Nobody has to wait for an answer."""
    async with shown(desk, sheet_of(tmp_path), ready=False) as one:
        await one.press("escape")
        assert one.app.ended


async def test_a_remembered_mapping_is_recalled(desk: Desk, tmp_path: Path) -> None:
    """For the same headers and job, also in what it leaves out; it is marked as saved."""
    sheet = sheet_of(tmp_path)
    pairs = (MappedColumn("E-mail", "email"), MappedColumn("Notes", "city", Rule.IF_EMPTY))
    remember(desk.home / "mappings", sheet.shape_id, "contacts.upsert", Mapping(pairs))
    async with shown(desk, sheet) as one:
        assert one.lines == [
            ["E-mail", "→ email", "", "saved"],
            ["Voornaam", "", "", "left out"],
            ["lastname", "", "", "left out"],
            ["Notes", "→ city", "if_empty", "saved"],
        ]


async def test_a_spoilt_memory_is_passed_over_and_said(desk: Desk, tmp_path: Path) -> None:
    """The suggestions stand in for it."""
    sheet = sheet_of(tmp_path)
    remember(desk.home / "mappings", sheet.shape_id, "contacts.upsert", Mapping((MappedColumn("E-mail", "email"),)))
    [kept] = (desk.home / "mappings").iterdir()
    kept.write_text("not = [toml")
    async with shown(desk, sheet) as one:
        assert one.lines[1][3] == "~ usual name"
        assert "is not TOML" in one.told[0]


async def test_a_mapping_is_saved_and_loaded(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As TOML beside the person; writing over a file takes a second Enter."""
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "people.mapping.toml"
    async with shown(desk, sheet_of(tmp_path)) as one:
        await one.press("1", "down", "w", "s", "enter")
        assert Mapping.load(place).of_column("Voornaam") == MappedColumn(
            "Voornaam", "firstname", Rule.IF_EMPTY, "saved"
        )
        assert one.told == ["Saved people.mapping.toml"]
        await one.press("x", "s", "enter")
        assert one.asks(PathPrompt)
        assert "writes over it" in one.text("#said")
        await one.press("escape", "l", "enter")
        assert one.lines[1] == ["Voornaam", "→ firstname", "if_empty", "saved"]


async def test_a_mapping_that_does_not_fit_is_refused_in_words(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stood there before stays."""
    monkeypatch.chdir(tmp_path)
    Mapping((MappedColumn("Klant", "email"),)).save(tmp_path / "people.mapping.toml")
    async with shown(desk, sheet_of(tmp_path)) as one:
        before = one.lines
        await one.press("l", "enter")
        await one.until(lambda: one.told)
        assert one.told[0].startswith('The file has no column "Klant"')
        assert one.lines == before
        await one.press("l")
        one.app.screen.query_one(Input).value = "nowhere.toml"
        await one.press("enter")
        assert one.text("#said") == "There is no such file."


async def test_headers_and_cells_are_text_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    """No markup, no escape sequence, no direction mark of theirs reaches the screen, in any part of it."""
    nasty = "[red]x[/red]\x1b[31m\u202e"
    rows = [(f"{nasty}@x", "[@click=app.quit]y[/]\x07", "soon[/]" + "z" * 100_000)]
    sheet = read_sheet(write_csv(tmp_path / "[b]odd[.b].csv", ("email", nasty, f"{nasty}birth"), rows))
    async with shown(desk, sheet, size=(200, 50)) as one:
        assert one.lines[1][0] == "[red]x[/red]␛[31m\\u202e"
        assert one.table.get_row_at(1)[1].plain == "[@click=app.quit]y[/]␇"
        await one.press("1", "down", "enter", *"city", "enter")
        await one.press("down", "enter", *"birthdate", "enter")
        await one.until(lambda: any("soon[/]" in line for line in one.problems))
        picture = one.app.export_screenshot()
        assert "[b]odd[.b].csv" in str(one.table.border_title)
        await one.press("enter")
        picture += one.app.export_screenshot()
    assert not {"\x1b", "\x07", "\u202e"} & set(picture)


async def test_another_job_keeps_what_was_chosen_by_hand(desk: Desk, tmp_path: Path) -> None:
    """As far as its fields allow; coming back finds the first job as it was left."""
    sheet = sheet_of(tmp_path, ("E-mail", "uuid", "Notes"), [("anna@example.org", "", "x")])
    async with shown(desk, sheet) as one:
        one.app.screen.query_one("#option-duplicates", Select).value = "last"
        one.app.screen.query_one("#option-mode", Select).value = "fast"
        await one.press("1", "G", "enter", *"city", "enter", "w")
        assert [line[1] for line in one.lines] == ["→ email", "", "→ city"]
        one.app.screen.query_one("#job", Select).value = "contacts.update"
        await one.until(lambda: one.lines[1][1] == "→ uuid")
        assert one.lines[2] == ["Notes", "→ city", "if_empty", "by hand"]
        assert "uuid or e-mail" in one.text("#summary")
        assert not one.app.screen.query("#option-mode")
        await one.press("p")
        mapped = one.app.return_value
    assert mapped is not None
    assert mapped.job is JOBS["contacts.update"]
    assert mapped.options.options == {"duplicates": "last"}


async def test_back_from_the_review_everything_stands_as_it_was(desk: Desk, tmp_path: Path) -> None:
    """Job, mapping and options; Enter leads on with the same once more."""
    pairs = (MappedColumn("E-mail", "email"), MappedColumn("Notes", "city", Rule.CLEAR))
    settings = Settings({"mode": "fast"}, "D.M.YYYY", ",")
    sheet, job = sheet_of(tmp_path), JOBS["contacts.create"]
    before = Kept(job, settings, {job.name: Mapping(pairs)})
    async with shown(desk, sheet, before) as one:
        assert one.lines[3] == ["Notes", "→ city", "clear", "by hand"]
        await one.press("enter")
        assert one.app.return_value == Mapped(sheet, job, Mapping(pairs), settings.plan_options(desk.rate))
        assert one.app.shown.kept == before


async def test_what_was_chosen_is_kept_for_every_job_and_however_little_it_is(desk: Desk, tmp_path: Path) -> None:
    """A job without its required option, a mapping without the key, and the mapping of another job looked at before."""
    sheet = sheet_of(tmp_path)
    async with shown(desk, sheet) as one:
        await one.press("1", "G", "enter", *"city", "enter")
        one.app.screen.query_one("#job", Select).value = "contacts.delete"
        await one.until(lambda: one.app.screen.query("#option-type"))
        await one.press("1", "g", "x", "escape")
        kept = one.app.shown.kept
        assert one.app.return_value is None
    async with shown(desk, sheet, kept) as one:
        assert one.app.screen.query_one("#job", Select).value == "contacts.delete"
        assert [line[1] for line in one.lines] == ["", "", "", ""]
        assert not one.may_go_on()
        one.app.screen.query_one("#job", Select).value = "contacts.upsert"
        await one.until(lambda: one.lines[3][1] == "→ city")
        assert one.lines[0][1] == "→ email"


async def test_leaving_before_the_account_answers_keeps_what_there_was(
    desk: Desk, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Also the job, where one was known; without one it is found by the columns next time."""
    sandbox.set_faults(Fault(kind="hang"))
    sheet, job = sheet_of(tmp_path), JOBS["contacts.delete"]
    for before in (Kept(job, Settings({"type": "GDPR"}), {job.name: Mapping(())}), Kept()):
        async with shown(desk, sheet, before, ready=False) as one:
            await one.press("escape")
            assert one.app.shown.kept == before


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_planning_without_what_is_required_goes_to_it_and_says_so(
    desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    """An option that must be chosen, or the columns when none fills the key; said once however often it is tried."""
    async with shown(desk, sheet_of(tmp_path), Kept(JOBS["contacts.delete"]), size=size) as one:
        await one.press("1", "p")
        assert one.app.focused is one.app.screen.query_one("#option-type")
        assert one.told[0].startswith("Choose type: ")
        await one.press("1", "x", "2", "p")
        assert one.app.focused is one.table
        assert one.told[-1].startswith("No column fills ")
        assert not one.app.ended


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_all_of_it_is_on_the_screen(desk: Desk, size: tuple[int, int]) -> None:
    """Ten columns, options, problems and buttons have their place, and the table needs no scrolling sideways."""
    sheet = read_sheet(Path(__file__).parents[2] / "samples" / "new-customers.csv")
    async with shown(desk, sheet, size=size) as one:
        await one.counts("40 rows")
        screen = one.app.screen
        for where in ("#job", "#columns", "#decimal", "#problems", "#load", "#save", "#plan"):
            widget = screen.query_one(where)
            assert screen.region.contains_region(widget.region), where
            assert widget.region.area, where
        assert one.table.max_scroll_x == one.table.max_scroll_y == 0
        await one.press("1")
        assert sum(binding.binding.show for binding in screen.active_bindings.values()) <= 7


@pytest.mark.parametrize("job", JOBS.values(), ids=list(JOBS))
def test_what_a_job_does_is_said_in_two_lines(job: type[Job]) -> None:
    """So much room is there beside its name on a small screen; more would be cut off."""
    assert len(textwrap.wrap(job.summary, 50)) <= 2
