"""The runs of one home: their folders, claimed by one start each and held by one process at a time.

What happens inside a run is `run`'s business.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.advice import Advice, Way
from ops.errors import AlreadyRunError, JournalError, RunError, RunHeldError
from ops.files import PRIVATE_FILE, PRIVATE_FOLDER, in_home, private_folder, sweep, sync_folder
from ops.journal import Journal, JournalReader
from ops.journal.seal import place_of
from ops.plan import Plan

LOCK_TRIES: Final = 5
LOCK_PAUSE: Final = 0.02
"""Seconds."""
JOURNAL: Final = "journal.sqlite"
BESIDE_JOURNAL: Final = (f"{JOURNAL}-wal", f"{JOURNAL}-shm", place_of(Path(JOURNAL)).name)
PLANS: Final = "plans"
"""The folder of a home's plans."""
DRAFT_AGE: Final = 60.0
"""Seconds after which a draft without a lock is nobody's."""
_DRAFT: Final = re.compile(r"\..+\.[0-9a-f]{8}")
_SLUG: Final = re.compile(r"[^a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk: the plan that runs, its journal, its lock and its reports.

    A folder under its own name holds a whole plan and a journal: both are made under another name first.
    """

    path: Path

    @property
    def id(self) -> str:
        """The job and the plan's checksum."""
        return self.path.name

    @property
    def plan(self) -> Plan:
        """The plan that runs."""
        return Plan.load(self._own("plan.parquet"))

    @property
    def journal_path(self) -> Path:
        """The journal's file.

        Raises:
            RunError: It is a link, or a file that belongs to it is.
        """
        for name in BESIDE_JOURNAL:
            self._own(name)
        return self._own(JOURNAL)

    @property
    def journal(self) -> JournalReader:
        """The journal, to read."""
        return JournalReader(self.journal_path)

    @property
    def started(self) -> float:
        """When the run was claimed, in Unix time, for people."""
        return self.started_ns / 1e9

    @property
    def started_ns(self) -> int:
        """By what runs are ordered: when the plan was put there, which is never written again."""
        try:
            return (self.path / "plan.parquet").stat().st_mtime_ns
        except OSError:
            return 0

    def _own(self, name: str) -> Path:
        """A file of the run.

        Raises:
            RunError: It is a link, or the run's folder is one.
        """
        return _no_link(_no_link(self.path) / name)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the run; the lock dies with the process.

        Raises:
            RunHeldError: Another process holds it.
            RunError: It lies behind a link.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with in_home(self.path):
            handle = os.open(self._own("lock"), flags, PRIVATE_FILE)
        try:
            if not _locked(handle):
                holder = os.pread(handle, 64, 0).decode("ascii", "replace").strip() or "another process"
                raise RunHeldError(f"Run {self.id} is held by {holder}. Wait for it, or stop it first.", run=self.id)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(handle)

    def refuse_if_held(self) -> None:
        """Raise what `held` would, without holding.

        Raises:
            RunHeldError: Another process holds it.
        """
        if self.is_held:
            with self.held():
                pass

    @property
    def is_held(self) -> bool:
        """Whether some process holds it now; looking takes a shared lock for an instant, and writes nothing."""
        try:
            handle = os.open(self._own("lock"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def check(self) -> None:
        """See that plan and journal are whole and belong together; takes a while for a long run.

        Raises:
            PlanError: The plan was changed after it was made.
            JournalError: The journal is not whole, or is another plan's.
        """
        plan = self.plan
        plan.verify()
        self.journal.verify()
        if self.journal.meta().get("checksum") != plan.checksum:
            raise JournalError(f"The journal of {self.id} belongs to another plan: this folder is not a whole run.")


class Runs:
    """The runs of a home."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "runs"
        self._removed = home / "removed"
        """An empty file for each run that was erased, so that its plan is not run again by mistake."""

    def all(self) -> list[RunFolder]:
        """Every run, the latest started first."""
        self.sweep()
        return sorted(self._folders(), key=lambda run: run.started_ns, reverse=True)

    def drafts(self) -> list[Path]:
        """Folders that are being made or removed, or were when their process died; they hold data as runs do."""
        return [path for path in self._inside() if _DRAFT.fullmatch(path.name) and path.is_dir()]

    def sweep(self) -> None:
        """Erase the drafts that no process holds: of runs, of their files and of the home's plans."""
        for folder in (self.folder.parent / PLANS, *(run.path for run in self._folders())):
            sweep(folder)
        for draft in self.drafts():
            with contextlib.suppress(OSError), _if_left(draft):
                shutil.rmtree(draft, ignore_errors=True)

    def find(self, reference: str) -> RunFolder:
        """A run by its id, a unique beginning of one, or `last`.

        Raises:
            RunError: None fits, or several do.
        """
        runs = self.all()
        if reference == "last" and runs:
            return runs[0]
        exact = [run for run in runs if run.id == reference]
        fits = exact or [run for run in runs if reference and run.id.startswith(reference)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise RunError(f"{reference!r} fits {len(fits)} runs: {', '.join(run.id for run in fits)}.", run=reference)
        if Path(reference).is_file():
            told = f"{reference} is a file; a run is named by its id (`leatops runs` lists them) or `last`."
            raise RunError(told, run=reference)
        known = ", ".join(run.id for run in runs[:5]) or "none yet"
        raise RunError(f"No run is named {reference!r} in {self.folder} (latest: {known}).", run=reference)

    def claim(self, plan: Plan, meta: Mapping[str, str], *, again: bool = False) -> RunFolder:
        """Begin a run of a plan, if nobody has: its folder takes its name in one step.

        Raises:
            AlreadyRunError: This plan has been run in this home, and `again` was not asked for.
            InputError: The home cannot be used.
        """
        base = _base(plan)
        with in_home(self.folder):
            self.refuse_links()
            private_folder(self.folder)
            self.sweep()
            self._refuse_removed(base, again=again)
            draft = self._draft(base)
            draft.mkdir(mode=PRIVATE_FOLDER)
            lock = _locked_from_birth(draft)
        try:
            plan.save(draft / "plan.parquet")
            self._after_all_others(draft / "plan.parquet")
            Journal.create(draft / JOURNAL, {**meta, "checksum": plan.checksum, "job": plan.meta.job}).close()
            for name in _names(base, again=again):
                if _took_name(draft, self.folder / name):
                    sync_folder(self.folder)
                    return RunFolder(self.folder / name)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
            os.close(lock)
        raise _already(base)

    def _after_all_others(self, plan: Path) -> None:
        """See that a run that is begun last is the last, also after the clock was set back."""
        latest = max((run.started_ns for run in self._folders()), default=0)
        if plan.stat().st_mtime_ns <= latest:
            os.utime(plan, ns=(latest + 1_000, latest + 1_000))

    def _folders(self) -> list[RunFolder]:
        return [RunFolder(path) for path in self._inside() if path.is_dir() and not path.name.startswith(".")]

    def _inside(self) -> list[Path]:
        with in_home(self.folder):
            self.refuse_links()
            return list(self.folder.iterdir()) if self.folder.is_dir() else []

    def refuse_links(self) -> None:
        """See that the runs lie in this home.

        Raises:
            RunError: They lie behind a link.
        """
        for folder in (self.folder, self._removed):
            _no_link(folder)

    def _draft(self, name: str) -> Path:
        return self.folder / f".{name}.{secrets.token_hex(4)}"

    def refuse_second(self, plan: Plan, *, again: bool = False) -> None:
        """Say early what `claim` would; only `claim` decides.

        Raises:
            AlreadyRunError: This plan has been run in this home, and `again` was not asked for.
            RunHeldError: It is running now.
        """
        self.refuse_links()
        if not again and (self.folder / _base(plan)).exists():
            RunFolder(self.folder / _base(plan)).refuse_if_held()
            raise _already(_base(plan))
        self._refuse_removed(_base(plan), again=again)

    def _refuse_removed(self, base: str, *, again: bool) -> None:
        if not again and (self._removed / base).exists():
            erased = (
                f"This plan has been run, and its run {base} was erased: what it has done at the account stays done. "
            )
            raise AlreadyRunError(Advice(erased, Way("again", "--again runs it a second time.")), run=base)

    def remove(self, reference: str) -> RunFolder:
        """Erase a run that no process holds; should this process die over it, the next one does the rest."""
        run = self.find(reference)
        with run.held(), in_home(self.folder):
            private_folder(self._removed)
            (self._removed / run.id).touch(mode=PRIVATE_FILE)
            draft = self._draft(run.id)
            run.path.rename(draft)
            sync_folder(self.folder)
            shutil.rmtree(draft)
        return run


def _no_link(path: Path) -> Path:
    """A path within a home: what a link there leads to may be anybody's.

    Raises:
        RunError: It is a link.
    """
    if path.is_symlink():
        told = "is a link, and no run is kept behind one: put in its place what it leads to"
        raise RunError(f"{path} {told}. (The home itself may be a link.)", file=str(path))
    return path


def _locked(handle: int) -> bool:
    """Take the lock; somebody who only looks whether it is free may have it for an instant."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE)
        else:
            return True
    return False


def _locked_from_birth(draft: Path) -> int:
    """The run's lock, held from before it has its name: a draft with a lock that is free has been left."""
    unnamed = draft / "lock.new"
    handle = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(handle, f"process {os.getpid()}\n".encode())
    unnamed.rename(draft / "lock")
    return handle


@contextmanager
def _if_left(draft: Path) -> Iterator[None]:
    """Hold a draft that no process holds.

    Raises:
        OSError: Some process may be at it.
    """
    try:
        handle = os.open(draft / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        if time.time() - draft.stat().st_mtime < DRAFT_AGE:
            raise
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _base(plan: Plan) -> str:
    return f"{_SLUG.sub('-', plan.meta.job.lower())}-{plan.checksum[:12]}"


def _already(base: str) -> AlreadyRunError:
    way = Way(
        "run_before",
        f"`leatops resume {base}` goes on with it, `leatops report {base}` shows what happened; "
        "--again runs it a second time.",
    )
    return AlreadyRunError(Advice(f"This plan has been run: {base}. ", way), run=base)


def _took_name(draft: Path, path: Path) -> bool:
    """Give a folder its name, unless another has it."""
    try:
        draft.rename(path)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST}:
            return False
        raise
    return True


def _names(base: str, *, again: bool) -> Iterator[str]:
    yield base
    if again:
        yield from (f"{base}-{number}" for number in range(2, 1000))
