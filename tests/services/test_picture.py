"""A picture from a file: told by its content, upright, small, and without anything but its pixels."""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from services.errors import InvalidInput
from services.picture import LARGEST_FILE, from_file, go_on, of_bytes


def encoded(image: Image.Image, kind: str, **more: Any) -> bytes:
    """An image in a format."""
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def opened(content: bytes) -> Image.Image:
    """What a JPEG shows."""
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_each_kind_becomes_a_jpeg_in_its_own_shape(kind: str) -> None:
    found = of_bytes(encoded(Image.new("RGB", (1600, 800), "red"), kind))
    assert (found.width, found.height, found.kind) == (648, 324, kind)
    image = opened(found.content)
    assert image.size == (648, 324)
    red, green, blue = image.convert("RGB").getpixel((300, 100))  # type: ignore[misc]
    assert (red > 240, green < 20, blue < 20) == (True, True, True)
    assert of_bytes(encoded(Image.new("RGB", (72, 72)), kind)).width == 72


def test_a_gif_is_its_first_frame_and_what_is_clear_is_white() -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("blue", "red")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    blue = opened(of_bytes(moving).content).getpixel((30, 30))
    assert isinstance(blue, tuple)
    assert blue[2] > 240
    clear = opened(of_bytes(encoded(Image.new("RGBA", (60, 60), (0, 0, 0, 0)), "PNG")).content)
    white = clear.getpixel((30, 30))
    assert isinstance(white, tuple)
    assert min(white) > 250


def test_it_is_turned_upright_and_loses_what_the_camera_wrote() -> None:
    image = Image.new("RGB", (400, 200), "white")
    image.paste("black", (0, 0, 100, 200))
    exif = image.getexif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    found = of_bytes(encoded(image, "JPEG", exif=exif, comment=b"made at home", quality=95))
    assert (found.width, found.height) == (200, 400)
    upright = opened(found.content)
    assert upright.getpixel((100, 50)) < (60, 60, 60)  # type: ignore[operator]
    assert upright.getpixel((100, 300)) > (200, 200, 200)  # type: ignore[operator]
    assert not dict(upright.getexif())
    assert b"A camera" not in found.content
    assert b"made at home" not in found.content


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_mode_of_pixels_is_read(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert of_bytes(encoded(Image.new(mode, (40, 30)), kind)).width == 40


def test_the_worst_picture_stays_small_enough_for_the_journal() -> None:
    noise = Image.frombytes("RGB", (700, 380), os.urandom(700 * 380 * 3))
    assert len(of_bytes(encoded(noise, "JPEG", quality=90)).content) < 200_000


def test_what_is_no_such_picture_is_told_by_its_content() -> None:
    for content in (b"", b"hello", b"%PDF-1.7", encoded(Image.new("RGB", (9, 9)), "BMP")):
        with pytest.raises(InvalidInput, match="no JPG, PNG or GIF picture"):
            of_bytes(content)
    whole = encoded(Image.frombytes("RGB", (200, 200), os.urandom(120_000)), "JPEG")
    for cut in (whole[: len(whole) // 2], encoded(Image.new("RGB", (500, 500)), "PNG")[:60]):
        with pytest.raises(InvalidInput, match="damaged or cut off"):
            of_bytes(cut)


@pytest.mark.parametrize("side", [6_000, 12_000, 60_000])
def test_a_bomb_is_not_unpacked(side: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(9)))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(InvalidInput, match="25 million pixels"):
        of_bytes(bomb)


def test_files_that_cannot_be_read_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "me.png").write_bytes(encoded(Image.new("RGB", (80, 80)), "JPEG"))
    assert from_file("~/me.png").kind == "JPEG"
    (tmp_path / "large.jpg").write_bytes(bytes(LARGEST_FILE))
    os.mkfifo(tmp_path / "pipe")
    for name, told in (
        ("nobody.png", "no such file"),
        ("large.jpg", "800 KB: a photo must be under 800 KB"),
        ("pipe", "no file that could be read"),
        ("", "is a folder"),
        ("me.png/more", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises(InvalidInput, match=told):
            from_file(f"{tmp_path}/{name}")


def test_a_path_goes_on_as_far_as_one_way_leads(tmp_path: Path) -> None:
    for name in ("photos", ".hidden"):
        (tmp_path / name).mkdir()
    for name in ("photos/ann-large.png", "photos/ann-lake.png", "photos/bo.png"):
        (tmp_path / name).touch()
    assert go_on(f"{tmp_path}/p") == f"{tmp_path}/photos/"
    assert go_on(f"{tmp_path}/") == f"{tmp_path}/photos/"
    assert go_on(f"{tmp_path}/photos/a") == f"{tmp_path}/photos/ann-la"
    assert go_on(f"{tmp_path}/photos/b") == f"{tmp_path}/photos/bo.png"
    assert go_on(f"{tmp_path}/.h") == f"{tmp_path}/.hidden/"
    for typed in ("", f"{tmp_path}/photos/", f"{tmp_path}/nothing", f"{tmp_path}/photos/bo.png"):
        assert go_on(typed) == ""
