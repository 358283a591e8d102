"""Photo: a picture in the cells of a header, drawn by textual-image in the way that the terminal can."""

import asyncio
import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from textual.widget import Widget

from tui.drawing import Drawing

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from textual.app import App


_LIBRARY = "textual_image.widget"


async def photo(app: "App[Any]", content: bytes, drawing: Drawing) -> Widget:
    """A widget that shows this JPEG, as large as its styles say."""
    library, image = await asyncio.to_thread(_loaded, content)
    if drawing is Drawing.SIXEL:
        found = library.SixelImage(image)
    elif drawing is Drawing.KITTY:
        found = _kitty(app, library)(image)
    else:
        found = library.HalfcellImage(image)
    return cast(Widget, found)


_IMPORTING = Lock()


def _loaded(content: bytes) -> tuple[ModuleType, Any]:
    """The library, which is not imported before there is a photo, and the decoded picture."""
    from PIL import Image

    with _IMPORTING:
        if _LIBRARY not in sys.modules:
            # it asks the terminal what that can, and reads keys for the answer: it gets to see none
            with _sized(), _in_place_of_the_terminal(io.StringIO()):
                import_module(_LIBRARY)
    library = sys.modules[_LIBRARY]
    image = Image.open(io.BytesIO(content))
    image.load()
    return library, image


def _kitty(app: "App[Any]", library: ModuleType) -> Any:
    """The library's widget, with what it sends beside the cells in order with all else that is drawn."""
    driver = cast(Any, _Driver(app))

    class Renderable(library.TGPRenderable):  # type: ignore[name-defined, misc]
        def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
            with _in_place_of_the_terminal(driver):
                segments = list(super().__rich_console__(console, options))
            yield from segments

        def cleanup(self) -> None:
            with _in_place_of_the_terminal(driver):
                super().cleanup()

    class KittyImage(library.BaseImage, Renderable=Renderable):  # type: ignore[name-defined, misc, call-arg]
        def on_unmount(self) -> None:
            # the terminal keeps the picture until it is told
            if self._renderable is not None:
                self._renderable.cleanup()

    return KittyImage


class _Driver(io.TextIOBase):
    """What is written here goes the way of the frames; the terminal's own stream has another buffer."""

    def __init__(self, app: "App[Any]") -> None:
        self._app = app

    def write(self, text: str) -> int:
        if self._app._driver is not None:
            self._app._driver.write(text)
        return len(text)


@contextmanager
def _in_place_of_the_terminal(stream: Any) -> Iterator[None]:
    real, sys.__stdout__ = sys.__stdout__, stream  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stdout__ = real  # type: ignore[misc]


@contextmanager
def _sized() -> Iterator[None]:
    """Tells the library the size of a cell in pixels by the environment, as far as the terminal's window knows it."""
    names = ("TEXTUAL_CELL_WIDTH", "TEXTUAL_CELL_HEIGHT")
    size = _cell_size()
    told = {
        name: str(pixels)
        for name, pixels in zip(names, size, strict=True)
        if name not in os.environ and all(size)
    }
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]


def _cell_size() -> tuple[int, int]:
    try:
        rows, columns, width, height = struct.unpack("HHHH", fcntl.ioctl(2, termios.TIOCGWINSZ, bytes(8)))
    except OSError:
        return 0, 0
    return (width // columns, height // rows) if rows and columns else (0, 0)
