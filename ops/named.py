"""Which of the account's programmes or shops is meant by a uuid or a name.

Knows of no request: the lists are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ops.errors import OptionError


def choose_named(option: str, given: str, known: Mapping[str, str | None]) -> str:
    """The uuid of what was given by uuid or name; a name as it is written goes before one in another case.

    Args:
        option: For the message.
        given: As it was given.
        known: Name by uuid.

    Raises:
        OptionError: There is none, or several have the name.
    """
    if given in known:
        return given
    wanted = given.strip()
    fits = [uuid for uuid, name in known.items() if name is not None and name.strip() == wanted]
    fits = fits or [u for u, name in known.items() if name is not None and name.strip().casefold() == wanted.casefold()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        problem = f"{len(fits)} have this name: give the uuid. They are: {_told(known, fits)}"
    else:
        problem = f"the account has none of this uuid or name. There are: {_told(known, known) or 'none'}"
    raise OptionError(f"{option}={given!r}: {problem}.", option=option)


def _told(known: Mapping[str, str | None], uuids: Iterable[str]) -> str:
    return ", ".join(f"{known[uuid] or 'no name'} ({uuid})" for uuid in uuids)
