"""Found: what a search for the question of a form brought."""

import msgspec

from services.operation import Json


class Recipient(msgspec.Struct, frozen=True):
    """Who was found. `address` reaches exactly this one: a user name, a guest's or a group's mail address."""

    id: str
    name: str
    address: str
    kind: str

    def answer(self) -> dict[str, Json]:
        """As the answer to a question."""
        return msgspec.structs.asdict(self)


class Found(msgspec.Struct, frozen=True):
    """What a search brought; `complaint` is the sentence of a part of it that failed while another did not."""

    recipients: tuple[Recipient, ...]
    complaint: str = ""
