"""The account a server runs as. PostgreSQL refuses to run as root, so root starts both servers as `nobody`."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group the servers are started as; only root has a choice."""

    uid: int
    gid: int

    @property
    def is_own(self) -> bool:
        """True where this process already runs as the account."""
        return self.uid == os.geteuid()


def server_account(data_folder: Path) -> Account:
    """For an ordinary user, that user's account; for root, the owner of the existing data, else nobody."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data_folder.is_dir() and data_folder.stat().st_uid != 0:
        return Account(data_folder.stat().st_uid, data_folder.stat().st_gid)
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def can_reach(account: Account, path: Path) -> bool:
    """Whether the account may search every folder down to and including this one (mode bits only)."""
    return account.uid == 0 or all(_may_search(account, folder.stat()) for folder in (path, *path.parents))


def _may_search(account: Account, status: os.stat_result) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def ensure_folder(path: Path, account: Account, mode: int = 0o700) -> Path:
    """The folder, created if necessary, owned by the account and closed to others. PermissionError if it belongs to someone else."""
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (account.uid, os.geteuid()):
        raise PermissionError(f"{path} belongs to another user")
    if status.st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    path.chmod(mode)
    return path


def open_own_file(path: Path, account: Account) -> int:
    """A descriptor for reading and appending; the file is created if necessary, owned by the account. A link is not followed."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    if os.fstat(descriptor).st_uid != account.uid:
        os.fchown(descriptor, account.uid, account.gid)
    return descriptor
