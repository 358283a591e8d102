"""Actions on accounts as an operator does them, and users of the cloud whom an account is the source of."""

from typing import Any

from services import ldap
from services.action import Action
from services.actions import block_sign_in, enable_sign_in, expire_password, reset_password
from services.operation import Request, Service
from services.session import Session
from services.user import User
from state.values import Process, Step
from tests.domain_controller import Domain
from tests.services.connected import ended

BLOCK, ENABLE = block_sign_in.ACTION, enable_sign_in.ACTION
EXPIRE, RESET = expire_password.ACTION, reset_password.ACTION
OTHER = "Green-Meadow-31"


async def done(session: Session, action: Action, user: User, **answers: Any) -> tuple[Process, list[Step]]:
    """Does it with these answers instead of those that the form comes with, and waits for the end."""
    assert not action.objection(session.tenant, user, None)
    form = await action.ask(session.tenant, user, None)
    given = {q.id: q.value for q in form.questions} | answers
    secrets = action.secrets(form, given) if action.secrets else {}
    operations = action.plan(user, form, given)
    number = await session.start(action.id, action.title, operations, user.id, secrets)
    return await ended(session, number)


async def hybrid(session: Session, domain: Domain, logon: str) -> tuple[User, str]:
    """A user of the cloud who is synchronised from a new account, as the anchor of Entra Connect says."""
    query = (("$select", "id,onPremisesSyncEnabled,onPremisesImmutableId"), ("$top", "999"))
    found = await session.tenant.read(Request(Service.GRAPH, path="/users", query=query))
    taken = next(u for u in found["value"] if u["onPremisesSyncEnabled"])
    anchor = ldap.guid_of(taken["onPremisesImmutableId"])
    assert anchor is not None
    guid = domain.add(logon)
    domain.change(guid, "mS-DS-ConsistencyGuid", anchor.bytes_le)
    return await session.find_user(taken["id"]), guid
