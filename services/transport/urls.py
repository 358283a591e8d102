"""How a request becomes a URL, relative for a batch item or absolute, with every value percent-encoded."""

import re
from urllib.parse import quote

from services.errors import InvalidInput
from services.operation import Request

_REFERENCE = re.compile(r"/(members|owners|manager)(/[^/]+)?$")


def segment(text: str) -> str:
    """One path segment, encoded: `o'b#EXT#@x` becomes `o%27b%23EXT%23%40x`.

    Raises `InvalidInput` for an empty text: the path would name the collection instead of the object.
    """
    if not text:
        raise InvalidInput("An object without an id or a name cannot be asked for: load the page again.")
    if text in (".", ".."):
        return text.replace(".", "%2E")
    return quote(text, safe="", errors="replace")


def odata_string(text: str) -> str:
    """A text for the inside of a quoted OData literal: its single quotes doubled."""
    return text.replace("'", "''")


def search_term(text: str) -> str:
    """A text for the inside of a quoted `$search` clause: quotes and backslashes escaped."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def relative(request: Request) -> str:
    """The request's URL below its service's root and version: `/users/x?$select=id%2Cmail`.

    Raises `ValueError` for a DELETE of a membership without `/$ref`, which would delete the object itself.
    """
    path = "/" + request.path.lstrip("/")
    if request.method == "DELETE" and _REFERENCE.search(path) and not path.endswith("/$ref"):
        raise ValueError(f"DELETE {path} needs /$ref")
    if not request.query:
        return path
    pairs = (
        f"{quote(name, safe='$@')}={quote(value, safe='', errors='replace')}" for name, value in request.query
    )
    return path + "?" + "&".join(pairs)


def absolute(base: str, request: Request) -> str:
    """The request's URL below `base`, a service's root with its version."""
    return base + relative(request)
