"""Mappings: what is suggested, what a person gives, and what is kept on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.errors import InputError, MappingError
from ops.fields import Field, Kind
from ops.mapping import MappedColumn, Mapping, Rule, find_field, from_flags, recall, remember, suggest
from ops.mapping.names import USUAL, loose

KEYS = (Field("email", Kind.EMAIL), Field("uuid", Kind.ID), Field("referral_code", Kind.TEXT))
ATTRIBUTES = tuple(
    Field(name, kind, label, attribute=True)
    for name, kind, label in (
        ("firstname", Kind.TEXT, "First name"),
        ("lastname", Kind.TEXT, "Last name"),
        ("phonenumber", Kind.PHONE, "Phone"),
        ("birthdate", Kind.DATE, "Birthday"),
        ("address", Kind.TEXT, "Address"),
        ("city", Kind.TEXT, "City"),
        ("postalcode", Kind.TEXT, "Postal code"),
        ("housenumber", Kind.NUMBER, "House number"),
        ("locale", Kind.TEXT, "Language"),
        ("club_level", Kind.TEXT, "Niveau du club"),
    )
)
AGE = Field("age", Kind.NUMBER, "Age", attribute=True, writable=False)
FIELDS = (*KEYS, *ATTRIBUTES, AGE)


def pairs(mapping: Mapping) -> dict[str, str]:
    return {pair.column: pair.field for pair in mapping.columns}


def whys(mapping: Mapping) -> list[str]:
    return [pair.why for pair in mapping.columns]


@pytest.mark.parametrize("header", ["firstname", "FirstName", "FIRST NAME", "first_name", "First-Name", " firstname "])
def test_a_header_equal_to_a_field_maps_by_itself(header: str) -> None:
    """Case, spaces, underscores and hyphens apart, an equal name is the field."""
    mapping = suggest([header], FIELDS)
    assert pairs(mapping) == {header: "firstname"}
    assert whys(mapping) == ["same name"]


def test_a_header_equal_to_a_label_maps_as_well() -> None:
    """What the dashboard calls an attribute names it."""
    mapping = suggest(["niveau du Club"], FIELDS)
    assert pairs(mapping) == {"niveau du Club": "club_level"}
    assert whys(mapping) == ["same name"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-mail", "email"),
        ("Email Address", "email"),
        ("E-mailadres", "email"),
        ("Mail", "email"),
        ("E-Mail-Adresse", "email"),
        ("Adresse e-mail", "email"),
        ("Voornaam", "firstname"),
        ("Vorname", "firstname"),
        ("Prénom", "firstname"),
        ("Achternaam", "lastname"),
        ("Nachname", "lastname"),
        ("Surname", "lastname"),
        ("Nom de famille", "lastname"),
        ("Phone 1", "phonenumber"),
        ("Telefoonnummer", "phonenumber"),
        ("Mobile", "phonenumber"),
        ("GSM", "phonenumber"),
        ("Tel.", "phonenumber"),
        ("Date of Birth", "birthdate"),
        ("Geboortedatum", "birthdate"),
        ("Geburtsdatum", "birthdate"),
        ("Date de naissance", "birthdate"),
        ("Postcode", "postalcode"),
        ("ZIP", "postalcode"),
        ("PLZ", "postalcode"),
        ("Code postal", "postalcode"),
        ("Woonplaats", "city"),
        ("Stad", "city"),
        ("Ort", "city"),
        ("Ville", "city"),
        ("Huisnummer", "housenumber"),
        ("Hausnummer", "housenumber"),
        ("Street", "address"),
        ("Straat", "address"),
        ("Straße", "address"),
        ("Adres", "address"),
        ("Taal", "locale"),
        ("Contact UUID", "uuid"),
        ("Customer uuid", "uuid"),
    ],
)
def test_usual_names_are_known(header: str, field: str) -> None:
    """Names as exports have them, in four languages, map to the account's field."""
    mapping = suggest([header], FIELDS)
    assert pairs(mapping) == {header: field}


def test_a_usual_name_says_so() -> None:
    """A person sees that a pair was guessed."""
    assert whys(suggest(["Voornaam"], FIELDS)) == ["usual name"]


@pytest.mark.parametrize("header", ["Customer ID", "Notes", "Name", "Email 2", "Gender", "Saldo", "Opt-in"])
def test_other_headers_map_to_nothing(header: str) -> None:
    """A name that may mean anything, or a field the account lacks, is left out."""
    assert suggest([header], FIELDS).columns == ()


def test_read_only_fields_are_never_suggested() -> None:
    """A column is not mapped to what cannot be written."""
    assert suggest(["Age", "age"], FIELDS).columns == ()


def test_one_column_a_field_and_the_best_wins() -> None:
    """The plainest name takes the field wherever it stands; ties go to the first."""
    mapping = suggest(["Email 2", "Mobile", "Mail", "E-mail", "Phone", "Telefoon"], FIELDS)
    assert pairs(mapping) == {"E-mail": "email", "Phone": "phonenumber"}
    assert mapping.left_out(["Email 2", "Mobile", "Mail", "E-mail", "Phone"]) == ("Email 2", "Mobile", "Mail")


def test_the_contact_of_a_card_is_not_the_card() -> None:
    """Where a job has a field for the contact, a contact's uuid is not taken for the card's."""
    fields = (Field("uuid", Kind.ID), Field("contact", Kind.ID))
    assert pairs(suggest(["uuid", "Contact UUID"], fields)) == {"uuid": "uuid", "Contact UUID": "contact"}
    assert pairs(suggest(["Contact UUID"], fields)) == {"Contact UUID": "contact"}


def test_a_field_of_many_names_takes_each() -> None:
    """`custom.*` stands for every column that begins with `custom.`."""
    fields = (Field("email", Kind.EMAIL), Field("custom.*", Kind.TEXT))
    mapping = suggest(["email", "custom.voornaam", "Custom.Code", "custom."], fields)
    assert pairs(mapping) == {"email": "email", "custom.voornaam": "custom.voornaam", "Custom.Code": "custom.Code"}
    assert from_flags(["Code=custom.x"], ["Code"], fields).columns[0].field == "custom.x"
    found = find_field("custom.x", fields)
    assert found is not None
    assert found.name == "custom.x"
    assert find_field("custom.", fields) is None


def test_no_usual_name_means_two_fields() -> None:
    """A name stands for one field, but for a contact's uuid, which two kinds of job call differently."""
    seen: dict[str, str] = {}
    for field, names in USUAL.items():
        assert len({loose(name) for name in names}) == len(names), field
        for name in names:
            other = seen.setdefault(loose(name), field)
            assert other == field or {other, field} == {"contact", "uuid"}, name


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_suggestions_are_always_valid(columns: list[str]) -> None:
    """Whatever the headers, each column and each field stands in the mapping at most once."""
    mapping = suggest(columns, FIELDS)
    assert len(mapping.resolve(columns, FIELDS)) == len(mapping.columns)
    assert [c for c in columns if c in pairs(mapping)] == list(pairs(mapping))


def test_flags_go_on_top_of_suggestions() -> None:
    """A given pair replaces what was suggested for its column and its field; `-` leaves a column out."""
    columns = ["E-mail", "Mail", "Voornaam", "Phone", "Phone 2"]
    base = suggest(columns, FIELDS)
    mapping = from_flags(["Mail=email", "Voornaam=firstname:if_empty", "Phone=-"], columns, FIELDS, base)
    assert mapping.columns == (
        MappedColumn("Mail", "email"),
        MappedColumn("Voornaam", "firstname", Rule.IF_EMPTY),
    )
    assert mapping.left_out(columns) == ("E-mail", "Phone", "Phone 2")


@pytest.mark.parametrize("header", ["a=b", "a:b", "x=email:clear", "=", " email "])
def test_column_names_may_hold_the_signs_of_a_flag(header: str) -> None:
    """The column is everything before the last equals sign."""
    mapping = from_flags([f"{header}=firstname:clear"], [header], FIELDS)
    assert mapping.columns == (MappedColumn(header, "firstname", Rule.CLEAR),)


def test_a_flag_finds_a_column_by_case_and_spaces() -> None:
    """A column written a little differently is found when only one is like it."""
    assert from_flags(["e mail=email"], ["E-Mail"], FIELDS).columns[0].column == "E-Mail"


@pytest.mark.parametrize(
    ("flag", "says"),
    [
        ("Emial=email", 'no column "Emial"; did you mean "Email"'),
        ("Email=emial", 'no field "emial" for the column "Email"; did you mean "email"'),
        ("Email=email:sometimes", "is not a write rule"),
        ("Email=email:clear", "takes no write rule"),
        ("Email=age", "read-only"),
        ("Email", "COLUMN=FIELD"),
        ("=email", "COLUMN=FIELD"),
        ("Email=", "COLUMN=FIELD"),
    ],
)
def test_wrong_flags_are_explained(flag: str, says: str) -> None:
    """An error names what does not exist and what is nearest to it."""
    with pytest.raises(MappingError) as caught:
        from_flags([flag], ["Email", "City"], FIELDS)
    assert says in caught.value.message


def test_two_columns_cannot_claim_one_field() -> None:
    """Neither flags nor code can build a mapping with a field or a column twice."""
    with pytest.raises(MappingError, match="Two columns claim the field email"):
        from_flags(["A=email", "B=email"], ["A", "B"], FIELDS)
    with pytest.raises(MappingError, match="given twice"):
        from_flags(["A=email", "A=uuid"], ["A", "B"], FIELDS)
    with pytest.raises(MappingError, match="mapped twice"):
        Mapping((MappedColumn("A", "email"), MappedColumn("A", "uuid")))


def test_a_saved_mapping_comes_back(tmp_path: Path) -> None:
    """Columns, fields and rules survive the disk, whatever the headers hold, for the owner alone."""
    place = tmp_path / "deep" / "mapping.toml"
    headers = ['a "b"', "a=b:c", "é\\n", "[x]", "dotted.name", "🎂"]
    names = [field.name for field in ATTRIBUTES]
    rules = [Rule.OVERWRITE, Rule.IF_EMPTY, Rule.CLEAR] * 2
    mapping = Mapping(tuple(MappedColumn(*trio) for trio in zip(headers, names, rules, strict=False)))
    mapping.save(place)
    loaded = Mapping.load(place)
    assert pairs(loaded) == pairs(mapping)
    assert [pair.rule for pair in loaded.columns] == rules
    assert whys(loaded) == ["saved"] * 6
    assert loaded.digest() == mapping.digest()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_mapping_written_by_hand(tmp_path: Path) -> None:
    """Both short forms are read, and a dash leaves a column out."""
    place = tmp_path / "m.toml"
    place.write_text(
        '[columns]\n"E-mail" = "email"\nVoornaam = { field = "firstname", rule = "if_empty" }\n"X" = "-"\n'
        'City = "city:clear"\n'
    )
    assert [(p.column, p.field, p.rule) for p in Mapping.load(place).columns] == [
        ("E-mail", "email", Rule.OVERWRITE),
        ("Voornaam", "firstname", Rule.IF_EMPTY),
        ("City", "city", Rule.CLEAR),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not toml", "is not TOML"),
        ("", "has no [columns]"),
        ("columns = 3", "has no [columns]"),
        ("[columns]\na = 3", "says no field"),
        ('[columns]\na = "email:never"', "is not a write rule"),
        ('[columns]\na = "email"\na = "uuid"', "is not TOML"),
        ('[columns]\na = "email"\nb = "email"', "Two columns claim"),
    ],
)
def test_broken_mapping_files_are_explained(tmp_path: Path, text: str, says: str) -> None:
    """A file that is no mapping is refused in words."""
    place = tmp_path / "m.toml"
    place.write_text(text)
    with pytest.raises(MappingError) as caught:
        Mapping.load(place)
    assert says in caught.value.message


def test_a_mapping_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is an error of the mapping, not a traceback."""
    with pytest.raises(MappingError, match="Cannot read"):
        Mapping.load(tmp_path / "none.toml")


def test_a_mapping_of_another_file_is_refused() -> None:
    """A column that the present file lacks is named."""
    with pytest.raises(MappingError, match='no column "E-mail"') as caught:
        Mapping((MappedColumn("E-mail", "email"),)).resolve(["Mail"], FIELDS)
    assert caught.value.where == {"column": "E-mail"}


def test_choices_are_remembered_by_shape_and_job(tmp_path: Path) -> None:
    """The next file with the same headers gets the same mapping, in this job alone."""
    columns = ["Mail", "Naam"]
    chosen = Mapping((MappedColumn("Naam", "firstname", Rule.CLEAR),))
    remember(tmp_path, "ab12", "contacts.update", chosen)
    assert recall(tmp_path, "ab12", "contacts.create") is None
    assert recall(tmp_path, "ab13", "contacts.update") is None
    found = recall(tmp_path, "ab12", "contacts.update")
    mapping = suggest(columns, FIELDS, found)
    assert mapping.columns == (MappedColumn("Naam", "firstname", Rule.OVERWRITE, "saved"),)


def test_a_remembered_mapping_that_no_longer_fits_is_passed_over() -> None:
    """Pairs whose field has gone are dropped; without any left the headers decide again."""
    saved = Mapping((MappedColumn("Mail", "gone"), MappedColumn("Naam", "firstname")))
    assert pairs(suggest(["Mail", "Naam"], FIELDS, saved)) == {"Naam": "firstname"}
    assert pairs(suggest(["Mail"], FIELDS, saved)) == {"Mail": "email"}


def test_names_of_shapes_and_jobs_stay_in_the_folder(tmp_path: Path) -> None:
    """A hostile name cannot leave the folder."""
    remember(tmp_path, "../../x", "../job", Mapping())
    assert [place.parent for place in tmp_path.rglob("*.toml")] == [tmp_path]


def test_a_mapping_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A link where the file should be is refused and its target untouched."""
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "m.toml").symlink_to(target)
    with pytest.raises(InputError):
        Mapping().save(tmp_path / "m.toml")
    assert target.read_text() == "mine"


def test_the_digest_is_of_what_is_mapped() -> None:
    """Order and origin do not change the digest; a column, a field or a rule does."""
    one = Mapping((MappedColumn("A", "email", why="saved"), MappedColumn("B", "city")))
    other = Mapping((MappedColumn("B", "city"), MappedColumn("A", "email")))
    ruled = Mapping((MappedColumn("A", "email"), MappedColumn("B", "city", Rule.CLEAR)))
    assert one.digest() == other.digest()
    assert one.digest() != ruled.digest()
