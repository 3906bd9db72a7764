"""Rules of core/spec/trust.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ComponentError, WorkspaceError
from core.spec.trust import distrust, is_trusted, require_trust, trust


def test_that_trust_is_given_per_folder_and_kept_outside_of_it(tmp_path: Path, own_user_folders: Path) -> None:
    folder, other = tmp_path / "mine", tmp_path / "theirs"
    folder.mkdir()
    other.mkdir()
    trust(folder)
    assert is_trusted(folder)
    assert is_trusted(tmp_path / "theirs" / ".." / "mine")
    assert not is_trusted(other)
    assert not list(folder.iterdir())
    assert list(own_user_folders.rglob("trusted.json"))


def test_that_a_link_is_trusted_as_what_it_points_to(tmp_path: Path) -> None:
    folder, link = tmp_path / "real", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    trust(link)
    assert is_trusted(folder)


def test_that_trust_can_be_taken_back(tmp_path: Path) -> None:
    trust(tmp_path)
    distrust(tmp_path)
    with pytest.raises(ComponentError, match="not trusted yet"):
        require_trust(tmp_path)


def test_that_a_damaged_list_trusts_nobody(tmp_path: Path, own_user_folders: Path) -> None:
    trust(tmp_path)
    (path,) = own_user_folders.rglob("trusted.json")
    path.write_bytes(b"\x00{")
    assert not is_trusted(tmp_path)
    trust(tmp_path)
    assert is_trusted(tmp_path)


def test_that_two_windows_can_trust_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(8)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trust, folders))
    assert all(map(is_trusted, folders))


def test_that_a_missing_folder_cannot_be_trusted(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError):
        trust(tmp_path / "gone")
