"""What is offered of a folder: folders and pictures by what they hold, and why the rest is not."""

import os
from pathlib import Path

import pytest
from PIL import Image

from services import picture, picture_files
from services.errors import InvalidInput


def names(typed: str) -> list[str]:
    """The names that are listed."""
    return [found.name for found in picture_files.listed(typed).recipients]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One with something of everything."""
    (tmp_path / "Holiday").mkdir()
    (tmp_path / ".hidden").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "beta.jpg")
    Image.new("RGB", (8, 8)).save(tmp_path / "Alpha.txt", "PNG")
    Image.new("RGB", (8, 8)).save(tmp_path / "gamma.GIF")
    (tmp_path / "false.png").write_text("no picture")
    (tmp_path / "odd\x1b[31m.png").write_bytes((tmp_path / "beta.jpg").read_bytes())
    os.mkfifo(tmp_path / "pipe.png")
    return tmp_path


def test_folders_and_pictures_by_what_they_hold(folder: Path) -> None:
    found = picture_files.listed(f"{folder}/")
    assert [each.name for each in found.recipients] == [
        "../",
        "Holiday/",
        "Alpha.txt",
        "beta.jpg",
        "gamma.GIF",
    ]
    kinds = [each.address.partition(",")[0] for each in found.recipients]
    assert kinds == ["the folder above", "folder", "PNG", "JPG", "GIF"]
    assert found.recipients[0].id == f"{folder.parent}/"
    assert found.recipients[1].id == f"{folder}/Holiday/"
    assert picture.from_file(found.recipients[2].id).kind == "PNG"
    assert found.complaint == "1 file is no JPG, PNG or GIF that can be read"


def test_what_was_typed_narrows_them_and_a_dot_shows_the_hidden(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(f"{folder}/ALPH") == ["Alpha.txt"]
    assert names(f"{folder}/.h") == [".hidden/"]
    monkeypatch.setenv("HOME", str(folder))
    assert names("~/be") == ["beta.jpg"]
    assert names("/")[0] != "../"


def test_what_is_too_large_says_so_and_more_than_fit_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "beta.jpg").open("ab") as file:
        file.truncate(picture.LARGEST_FILE)
    (large,) = picture_files.listed(f"{folder}/beta").recipients
    assert large.address == "JPG, 800 KB: too large"
    monkeypatch.setattr(picture_files, "_MOST", 2)
    assert picture_files.listed(f"{folder}/").complaint.startswith("3 more: type part of the name; 1 file")


def test_a_folder_that_cannot_be_read_says_why(folder: Path) -> None:
    for typed in (f"{folder}/none/", f"{folder}/beta.jpg/", "/a\0b/"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            picture_files.listed(typed)
