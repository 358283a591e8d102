"""Picture: a file that an operator names becomes the JPEG that a profile photo is sent as."""

import io
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from services.errors import InvalidInput

if TYPE_CHECKING:
    from PIL import Image

LARGEST_FILE = 800 << 10
LARGEST_SIDE = 648
"""The largest photo that the service keeps, in pixels (`api-map.md` §3.2)."""

_MOST_PIXELS = 25_000_000
"""A picture may claim more than its bytes hold; this much is unpacked within a moment."""

_MOST_BYTES = 100_000
_QUALITIES = (88, 78, 65, 50)
_FORMATS = ("JPEG", "PNG", "GIF")
_KINDS = "JPG, PNG or GIF"


class Picture(msgspec.Struct, frozen=True):
    """A JPEG, upright, without anything but its pixels. `kind` is what the file held."""

    content: bytes
    width: int
    height: int
    kind: str


def from_file(typed: str) -> Picture:
    """The picture in the file at this path, "~" allowed. Raises `InvalidInput` with a sentence."""
    path = Path(typed.strip()).expanduser()
    try:
        told = path.stat()
        if stat.S_ISDIR(told.st_mode):
            raise InvalidInput(f"{path.name or path} is a folder: go on typing, or list it with Enter.")
        if not stat.S_ISREG(told.st_mode):
            raise InvalidInput(f"{path.name} is no file that could be read.")
        if told.st_size >= LARGEST_FILE:
            raise InvalidInput(f"The file has {told.st_size / 1024:,.0f} KB: a photo must be under 800 KB.")
        return of_bytes(path.read_bytes())
    except FileNotFoundError:
        raise InvalidInput("There is no such file.") from None
    except PermissionError:
        raise InvalidInput(f"{path.name} may not be read by you.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise InvalidInput(f"{path.name} cannot be read ({error}).") from None


def of_bytes(content: bytes) -> Picture:
    """The picture that these bytes hold, whatever their file is called. Raises `InvalidInput`."""
    # not before it is needed: nothing else of the program needs Pillow
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                return _converted(image)
    except UnidentifiedImageError:
        raise InvalidInput(f"The file holds no {_KINDS} picture, whatever its name says.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise InvalidInput(f"The picture is damaged or cut off ({error}): choose another.") from None


def middle(picture: Picture, side: int) -> Picture:
    """The square in the middle of a picture, `side` pixels wide."""
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(picture.content)) as image:
        square = ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
    return Picture(_encoded(square), side, side, picture.kind)


def _converted(image: "Image.Image") -> Picture:
    from PIL import Image, ImageOps

    kind = image.format or ""
    if image.width * image.height > _MOST_PIXELS:
        raise _too_large()
    # of a JPEG only as much is unpacked as is kept
    image.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    layered = upright.convert("RGBA")
    # a new picture: what else the file held, such as the place, stays behind
    flat = Image.new("RGB", layered.size, "white")
    flat.paste(layered, mask=layered.getchannel("A"))
    return Picture(_encoded(flat), flat.width, flat.height, "JPEG" if kind == "MPO" else kind)


def _encoded(image: "Image.Image") -> bytes:
    found = b""
    for quality in _QUALITIES:
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True)
        found = written.getvalue()
        if len(found) <= _MOST_BYTES:
            break
    return found


def _too_large() -> InvalidInput:
    return InvalidInput("The picture has more than 25 million pixels: make it smaller first.")


def go_on(typed: str) -> str:
    """What a typed path goes on to as far as only one way leads; "" where none or more than one does."""
    path = Path(typed).expanduser()
    folder, begun = (path, "") if typed.endswith("/") else (path.parent, path.name)
    try:
        fitting = [each for each in folder.iterdir() if each.name.startswith(begun) and _shown(each, begun)]
        if not fitting or (not begun and typed == ""):
            return ""
        names = [each.name + ("/" if each.is_dir() else "") for each in fitting]
    except (OSError, ValueError, RuntimeError):
        return ""
    common = names[0]
    for name in names[1:]:
        while not name.startswith(common):
            common = common[:-1]
    return typed + common[len(begun) :] if len(common) > len(begun) and common.isprintable() else ""


def _shown(path: Path, begun: str) -> bool:
    """Hidden files are offered to who begins with a dot."""
    return begun.startswith(".") or not path.name.startswith(".")
