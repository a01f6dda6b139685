"""Choices and the form as values: jobs of other shapes than the three there are."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.widgets import Input, Select

from app.choices import Choices, Settings
from app.widgets.options_form import OptionsForm
from ops.draft import AccountView
from ops.fields import Field, Kind
from ops.jobs.base import Job
from ops.jobs.options import DUPLICATES, Option
from ops.lookup import Identity

VIEW = AccountView("it", Identity("http://localhost", (), ()), ())


class Give(Job):
    """A job with free names and options of every form."""

    name = "give"
    fields = (Field("hash", Kind.ID), Field("email", Kind.EMAIL), Field("custom.*", Kind.TEXT))
    takes_attributes = False
    needs = (("hash", "email"),)
    options = (
        DUPLICATES,
        Option("type", "how they are given", choices=("GDPR", "DEFAULT"), required=True),
        Option("amount", "for all"),
    )


def begin(*columns: str) -> Choices:
    return Choices.begin(Give, columns, VIEW)  # type: ignore[type-abstract]


def test_a_free_name_is_completed_with_the_columns_own() -> None:
    """`custom.*` for the column Greeting is `custom.Greeting`; one that begins so already stays."""
    choices = begin("Greeting", "custom.word").leave_out("custom.word")
    choices = choices.put("Greeting", "custom.*").put("custom.word", "custom.*")
    assert [pair.field for pair in choices.mapping.columns] == ["custom.Greeting", "custom.word"]


def test_needs_and_required_options_are_asked_for_in_words() -> None:
    """First the columns, then the option, then nothing."""
    choices = begin("hash", "mail")
    assert choices.leave_out("hash").blocked(Settings()) == "No column fills hash and email: map one."
    assert choices.blocked(Settings()) == "Choose type: how they are given."
    assert choices.blocked(Settings({"type": "GDPR"})) == ""
    assert "decimal sign" in choices.blocked(Settings({"type": "GDPR"}, decimal="x"))


def test_going_back_takes_the_field_from_whoever_has_it() -> None:
    """No field is ever filled by two columns."""
    choices = begin("email", "other").put("other", "email")
    assert choices.mapping.left_out(choices.columns) == ("email",)
    back = choices.go_back("email")
    assert [pair.column for pair in back.mapping.columns] == ["email"]


class FormHost(App[None]):
    """Shows a form and keeps what it says."""

    BINDINGS: ClassVar = []

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.said = settings

    def compose(self) -> ComposeResult:
        yield OptionsForm(Give.options, self.said)

    def on_options_form_changed(self, message: OptionsForm.Changed) -> None:
        self.said = message.settings


async def test_a_form_is_made_of_any_jobs_declaration() -> None:
    """Choices are chosen, other values typed; a required one begins unset; a blank one is not given."""
    app = FormHost(Settings())
    async with app.run_test() as pilot:
        assert app.query_one("#option-type", Select).is_blank()
        assert app.said == Settings()
        app.query_one("#option-type", Select).value = "DEFAULT"
        app.query_one("#option-amount", Input).value = " 12 "
        await pilot.pause()
        assert app.said == Settings({"type": "DEFAULT", "amount": "12"})
        app.query_one("#option-amount", Input).value = ""
        await pilot.pause()
        assert app.said == Settings({"type": "DEFAULT"})


async def test_a_form_begins_with_what_was_given() -> None:
    """Also where it is a date format that is not in the list."""
    given = Settings({"type": "GDPR", "duplicates": "last", "amount": "5"}, "D/M/YYYY", ".")
    app = FormHost(given)
    async with app.run_test() as pilot:
        assert app.query_one("#dates-own", Input).value == "D/M/YYYY"
        app.query_one("#decimal", Select).value = ","
        await pilot.pause()
        assert app.said == Settings(given.options, "D/M/YYYY", ",")
