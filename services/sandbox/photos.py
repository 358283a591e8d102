"""Profile photos: one picture a user, read in several sizes, replaced and taken away."""

import io

from PIL import Image

from services.sandbox.answers import NO_CONTENT, Call, Refusal, Reply, bad_request, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.odata_query import refuse_options
from services.sandbox.store import Store, Thing

_COLLECTION = "photo"
_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
_SIDES = frozenset({48, 64, 96, 120, 240, 360, 432, 504, 648})


def facts(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/photo: the largest size that is kept. Raises Refusal 404 where there is none."""
    refuse_options(call)
    user, _ = user_of(store, key), _content(store, key)
    return ok({
        "@odata.context": f"{call.root}/$metadata#users('{user.id}')/photo/$entity",
        "@odata.mediaContentType": "image/jpeg",
        "id": "648x648",
        "height": 648,
        "width": 648,
    })  # fmt: skip


def content(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/photo/$value."""
    refuse_options(call)
    return Reply(200, _content(store, key), content_type="image/jpeg")


def sized(store: Store, call: Call, key: str, size: str) -> Reply:
    """GET /users/{id}/photos/{size}/$value."""
    if size not in {f"{side}x{side}" for side in _SIDES}:
        raise Refusal(400, "ErrorInvalidImageId", f"The image id '{size}' is not valid.")
    refuse_options(call)
    kept = _content(store, key)
    return Reply(200, _scaled(kept, int(size.partition("x")[0])), content_type="image/jpeg")


def replace(store: Store, call: Call, key: str) -> Reply:
    """PUT /users/{id}/photo/$value: the bytes of a picture, whose type must be what they are."""
    refuse_options(call)
    user = user_of(store, key)
    found = next((kind for start, kind in _TYPES.items() if call.body.startswith(start)), "")
    if not found or call.headers.get("content-type", "").lower() != found:
        raise bad_request(
            "The image is not of a supported type, or not of the type that was named.", "ErrorInvalidImage"
        )
    with store.transaction():
        _drop(store, user)
        store.db.execute(
            "INSERT INTO documents VALUES (?,?,?,?)", (_COLLECTION, user.seq, user.id, call.body)
        )
    return Reply(200)


def remove(store: Store, call: Call, key: str) -> Reply:
    """DELETE /users/{id}/photo/$value."""
    refuse_options(call)
    _content(store, key)
    with store.transaction():
        _drop(store, user_of(store, key))
    return NO_CONTENT


def _drop(store: Store, user: Thing) -> None:
    store.db.execute("DELETE FROM documents WHERE collection=? AND id=?", (_COLLECTION, user.id))


def _scaled(content: bytes, side: int) -> bytes:
    """The picture in this size; bytes that only begin like one are handed out as they are."""
    try:
        with Image.open(io.BytesIO(content)) as kept:
            small = kept.convert("RGB")
    except OSError:
        return content
    small.thumbnail((side, side))
    written = io.BytesIO()
    small.save(written, "JPEG")
    return written.getvalue()


def _content(store: Store, key: str) -> bytes:
    sql = "SELECT doc FROM documents WHERE collection=? AND id=?"
    row = store.db.execute(sql, (_COLLECTION, user_of(store, key).id)).fetchone()
    if row is None:
        raise Refusal(404, "ImageNotFound", "The photo wasn't found.")
    return bytes(row[0])
