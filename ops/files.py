"""Files written whole or not at all, for their owner alone, and never through a link; and where they live.

What goes into them is the business of other rooms.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO

import platformdirs

from ops.advice import Advice, Way
from ops.errors import InputError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
META_KEY = "leatops"
"""Under which a plan, which is a Parquet file, keeps what it is bound to."""
NO_LOCKS = frozenset({errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL})
"""What a disk says that knows none."""


def private_folder(path: Path) -> Path:
    """Make a folder, and those above it that are missing, that only its owner can enter."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return path


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power loss."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def default_home(env: Mapping[str, str] = os.environ) -> Path:
    """`LEATOPS_HOME`, else the platform's folder for user data."""
    return Path(env["LEATOPS_HOME"]) if env.get("LEATOPS_HOME") else Path(platformdirs.user_data_dir("leatops"))


@contextmanager
def in_home(home: Path) -> Iterator[None]:
    """Tell a home that cannot be used in words.

    Raises:
        InputError: The system said no.
    """
    try:
        yield
    except OSError as error:
        place = error.filename or home
        why = "it is not a folder" if isinstance(error, FileExistsError) else error.strerror or error
        way = Way("other_home", "--home or LEATOPS_HOME chooses another folder for runs and accounts")
        raise InputError(Advice(f"{place} cannot be used: {why}. ", way, "."), file=str(place)) from error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that takes its name when all of it is on disk; on an error the old one stays.

    Its `name` is the path of the temporary file, for a library that writes paths.

    Raises:
        InputError: The place is a link or a folder, or cannot be written; the disk may be full.
    """
    with cannot_write(path), _replacing(path) as file:
        yield file


@contextmanager
def cannot_write(path: Path) -> Iterator[None]:
    """Tell a disk that is full, or not there, in words.

    Raises:
        InputError: The system said no.
    """
    try:
        yield
    except OSError as error:
        # Libraries that write for us put the system's words into the text alone.
        raise InputError(f"Cannot write {path}: {error.strerror or error}.", file=str(path)) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    if path.is_symlink() or path.is_dir():
        raise InputError(f"Will not write through a link or over a folder: {path}.", file=str(path))
    private_folder(path.parent)
    sweep(path.parent, path.name)
    handle, draft = _draft_of(path)
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)
        os.close(handle)


def _draft_of(path: Path) -> tuple[int, Path]:
    """A file beside another, with a lock on it, so that nobody takes it for a dead process's."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)  # somebody sweeps it away, having come before the lock
            continue
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(handle)
                Path(name).unlink(missing_ok=True)
                raise
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what processes that died over files of a folder have left of one, or of all.

    What is being written is locked; on a disk that knows no locks everything stays.
    """
    for scrap in folder.glob(f".{'*' if name is None else escape(name)}.????????"):
        with suppress(OSError):
            handle = os.open(scrap, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                scrap.unlink()
            finally:
                os.close(handle)


def write_private(path: Path, content: bytes) -> None:
    """Write a small file whole, readable by its owner alone."""
    with replacing(path) as file:
        file.write(content)
