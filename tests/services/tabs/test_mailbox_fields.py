"""What one cmdlet refuses about a mailbox costs the fields of the others nothing."""

import pytest

from services.errors import NotPermitted
from services.operation import Answer, Json, Request, Service
from services.session import Session
from services.tabs import forwarding, mail, mailbox_storage
from services.tabs.mailbox_fields import UNTOLD
from services.tabs.tab import PropertyTab
from services.tenant import Tenant
from tests.services.connected import ADELE

pytestmark = pytest.mark.anyio


def _names(request: Request, cmdlet: str) -> bool:
    return isinstance(request.body, dict) and request.body["CmdletInput"]["CmdletName"] == cmdlet


@pytest.mark.parametrize("status", [403, 200])
@pytest.mark.parametrize(
    ("tab", "cmdlet", "untold", "told"),
    [
        (mail.TAB, "Get-CASMailbox", "ImapEnabled", "PrimarySmtpAddress"),
        (forwarding.TAB, "Get-MailboxAutoReplyConfiguration", "AutoReplyState", "DeliverToMailboxAndForward"),
        (mailbox_storage.TAB, "Get-MailboxStatistics", "ItemCount", "ProhibitSendQuota"),
    ],
)
async def test_what_one_cmdlet_does_not_tell_costs_the_other_fields_nothing(
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    tab: PropertyTab,
    cmdlet: str,
    untold: str,
    told: str,
    status: int,
) -> None:
    batch, read = Tenant.batch, Tenant.read

    async def answering(
        tenant: Tenant, service: Service, requests: list[Request], *, bulk: bool = True
    ) -> list[Answer]:
        answers = await batch(tenant, service, requests, bulk=bulk)
        nothing = Answer(status, {"value": []})
        return [nothing if _names(r, cmdlet) else a for r, a in zip(requests, answers, strict=True)]

    async def reading(tenant: Tenant, request: Request) -> Json:
        if _names(request, cmdlet):
            raise NotPermitted("Your role does not let you.", status=status)
        return await read(tenant, request)

    user = await session.find_user(ADELE)
    whole = {field.id: field for field in await tab.load(session.tenant, user)}
    monkeypatch.setattr(Tenant, "batch", answering)
    monkeypatch.setattr(Tenant, "read", reading)
    found = {field.id: field for field in await tab.load(session.tenant, user)}
    shown = [(held[told].value, held[told].shown, held[told].lock) for held in (found, whole)]
    assert shown[0] == shown[1]
    assert whole[untold].value not in (None, "")
    assert (found[untold].value, found[untold].lock) == (
        None,
        "Your role does not let you." if status == 403 else UNTOLD,
    )
