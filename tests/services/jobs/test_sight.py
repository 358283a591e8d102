"""One answer to a look, for all who share it."""

from services.jobs.sight import Sight, seen
from services.operation import Answer, HasMember, HasValue, Look, Request, Service

READ = Request(Service.EXCHANGE, "POST", "InvokeCommand")
LIST = Answer(
    200,
    body={
        "value": [
            {"User": "ann@contoso.com", "AccessRights": ["FullAccess"], "Deny": "False"},
            {"User": "bob@contoso.com", "AccessRights": ["FullAccess"], "Deny": "True"},
            {"User": "Cid@contoso.com", "AccessRights": ["ReadPermission"], "Deny": "False"},
        ]
    },
)


def holds(user: str, where: tuple[tuple[str, str], ...] = (), keys: tuple[str, ...] = ("User",)) -> Look:
    return Look(READ, (HasMember("on", (user,), keys, where=where),))


def test_looks_that_ask_the_same_list_for_other_things_do_not_get_each_others_answers() -> None:
    allowed = (("Deny", "false"),)
    looks = [
        holds(user, where)
        for user in ("ann@contoso.com", "bob@contoso.com", "cid@contoso.com", "dan@contoso.com")
        for where in ((), allowed)
    ]
    looks += [holds("FullAccess", keys=("AccessRights",)), holds("FullAccess")]
    sight = Sight(LIST)
    told = [sight.tells(look)["on"] for look in looks]
    assert told == [True, True, True, False, True, True, False, False, True, False]
    assert told == [seen(look, LIST)["on"] for look in looks]


def test_an_id_is_the_same_in_capitals() -> None:
    looks = {
        ("manager", "id"): {"manager": {"id": "0F0E0D0C-0000-4000-8000-00000000000A"}},
        ("value", "0", "id"): {"value": [{"id": "0F0E0D0C-0000-4000-8000-00000000000A"}]},
    }
    for path, body in looks.items():
        look = Look(READ, (HasValue("whose", path),))
        assert seen(look, Answer(200, body=body)) == {"whose": "0f0e0d0c-0000-4000-8000-00000000000a"}
    other = Look(READ, (HasValue("title", ("title",)),))
    assert seen(other, Answer(200, body={"title": "CEO"})) == {"title": "CEO"}
