"""The error tree; what a caller may catch and what a person is told.

::

    LeatopsError                 something leatops says in words; never a traceback
    ├── InputError               a file or an option cannot be used
    │   ├── SheetError           the file is not a table that can be read without guessing
    │   ├── MappingError         a column or a field does not exist, or two columns claim one field
    │   └── OptionError          an option of a job is unknown or has a wrong value
    ├── PlanError                a plan cannot be loaded or must not run
    │   ├── ConsentError         the run needs a consent that was not given
    │   └── AlreadyRunError      this plan has been run in this home
    ├── RunError                 a run cannot be found, opened or continued
    │   ├── JournalError         the journal is damaged, foreign or newer
    │   └── RunHeldError         another process holds this run
    └── AccountError             the account cannot be worked with
        ├── ProfileError         no account, an unknown one, or no token for it
        ├── HostError            a host off the allow-list, or a URL that leaves the API
        ├── TokenError           the server does not accept the token (HTTP 401)
        ├── WrongAccountError    not the account the plan was made against
        ├── StoppedByAccountError  a code that concerns the whole account (60000, 7002, 7011, a redirect)
        ├── UnreachableError     a read failed for good
        └── RefusedError         the server refuses to answer a read

Nothing here formats for a terminal; `where` carries the place for whoever does.
"""

from __future__ import annotations

from typing import ClassVar

from ops.advice import Advice


class LeatopsError(Exception):
    """An error that is explained to the person in one message.

    Attributes:
        kind: The stable word scripts see in ``{"error": {"kind": …}}``.
        message: What happened and what to do, in one or two sentences of plain text.
        advice: The same for a door that has words of its own for what to do.
        where: The place: any of ``file``, ``line``, ``row``, ``column``, ``option``, ``url``.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, message: str | Advice, **where: str | int | None) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.advice = message if isinstance(message, Advice) else Advice(message)
        self.where: dict[str, str | int] = {k: v for k, v in where.items() if v is not None}


class InputError(LeatopsError):
    """A file or an option cannot be used."""

    kind = "input"


class SheetError(InputError):
    """The file is not a table that can be read without guessing."""

    kind = "sheet"


class MappingError(InputError):
    """A column or a field does not exist, or two columns claim one field."""

    kind = "mapping"


class OptionError(InputError):
    """An option of a job is unknown or has a wrong value."""

    kind = "option"


class PlanError(LeatopsError):
    """A plan cannot be loaded or must not run."""

    kind = "plan"


class ConsentError(PlanError):
    """The run needs a consent that was not given."""

    kind = "consent"


class AlreadyRunError(PlanError):
    """This plan has been run in this home."""

    kind = "already_run"


class RunError(LeatopsError):
    """A run cannot be found, opened or continued."""

    kind = "run"


class JournalError(RunError):
    """The journal is damaged, foreign or newer than this program."""

    kind = "journal"


class RunHeldError(RunError):
    """Another process holds this run."""

    kind = "held"


class AccountError(LeatopsError):
    """The account cannot be worked with."""

    kind = "account"


class ProfileError(AccountError):
    """No account, an unknown one, or no token for it."""

    kind = "profile"


class HostError(AccountError):
    """A host off the allow-list, or a URL that leaves the API."""

    kind = "host"


class TokenError(AccountError):
    """The server does not accept the token (HTTP 401)."""

    kind = "token"


class WrongAccountError(AccountError):
    """Not the account the plan was made against."""

    kind = "wrong_account"


class StoppedByAccountError(AccountError):
    """The server refused for a reason that concerns the whole account.

    Attributes:
        code: The API's code, if it gave one.
    """

    kind = "stopped"

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class UnreachableError(AccountError):
    """A read failed for good."""

    kind = "unreachable"


class RefusedError(AccountError):
    """The server refuses to answer a read.

    Attributes:
        code: The API's code, if it gave one.
        status: The HTTP status.
    """

    kind = "refused"

    def __init__(self, message: str, code: int | None, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
